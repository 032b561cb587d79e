<?php
/** Answers, for the test: reads {"keys", "policy", "services", "cases": [{"cookies", "now"}]} and prints what choice.php made of each. */
require __DIR__ . '/../../integrations/verify-choice/php/choice.php';

$asked = json_decode(stream_get_contents(STDIN), true);
$answers = [];
foreach ($asked['cases'] as $case) {
    $values = ConsentGateway\choice_cookies($case['header'], $case['site']);
    $choice = ConsentGateway\read_choice($values, $asked['keys'], $case['now']);
    $allows = [];
    foreach ($choice === null ? [] : $asked['purposes'] as $purpose) {
        if (ConsentGateway\grants($choice, $purpose, $asked['policy'])) {
            $allows[] = $purpose;
        }
    }
    foreach ($choice === null ? [] : $asked['services'] as $service => $purpose) {
        if (ConsentGateway\grants_service($choice, $service, $purpose, $asked['policy'])) {
            $allows[] = $service;
        }
    }
    if ($choice !== null) {
        $choice['purposes'] = (object) $choice['purposes'];
        $choice['services'] = (object) $choice['services'];
    }
    $answers[] = ['choice' => $choice, 'allows' => $allows];
}
echo json_encode($answers);
