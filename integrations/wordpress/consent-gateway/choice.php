<?php
/**
 * Reads the consent gateway's choice cookie on a website's own server. Copy this file; it needs PHP 7.4 or later.
 *
 *   $keys   = preg_split('/\s+/', trim(file_get_contents('choice-keys.txt')));   // gateway choice-key --site 1
 *   $choice = ConsentGateway\read_choice(ConsentGateway\choice_cookies($_SERVER['HTTP_COOKIE'] ?? '', 1), $keys, time());
 *   if ($choice !== null && ConsentGateway\grants($choice, 'analytics', '0123456789abcdef')) …
 *
 * Format and rules: docs/verify-choice.md. No answer never means yes.
 */

namespace ConsentGateway;

/** Characters; browsers keep no longer cookie. */
const LONGEST = 4096;

/** Did the visitor say yes to this purpose, under this, the current policy? `$choice` as read_choice() returns it. */
function grants(array $choice, string $purpose, string $policy): bool
{
    return $choice['policy'] === $policy && ($choice['purposes'][$purpose] ?? false);
}

/** The service's own answer where there is one, else that of the purpose it belongs to. */
function grants_service(array $choice, string $service, string $purpose, string $policy): bool
{
    return $choice['policy'] === $policy && ($choice['services'][$service] ?? $choice['purposes'][$purpose] ?? false);
}

/**
 * Every value of gw_choice_{site} in a Cookie header: after a change of domain a browser may hold two, of which $_COOKIE
 * shows one.
 *
 * @return string[]
 */
function choice_cookies(string $header, int $site): array
{
    $start = "gw_choice_$site=";
    $found = [];
    foreach (array_map('trim', explode(';', $header)) as $part) {
        if (strncmp($part, $start, strlen($start)) === 0) {
            $found[] = (string) substr($part, strlen($start));
        }
    }
    return $found;
}

/**
 * The answer in the cookie's values: purposes and services (id => bool), policy, day, expires. Null where none is genuine,
 * well-formed and unexpired. Of several the one that lapses last counts, and of two given at the same second the one that
 * allows less.
 *
 * @param string[] $values
 * @param string[] $keys   the site's choice keys in hexadecimal; all are tried
 * @param int      $now    seconds since the epoch
 */
function read_choice(array $values, array $keys, int $now): ?array
{
    $best = null;
    foreach ($values as $value) {
        $choice = read_one($value, $keys);
        if ($choice === null || $choice['expires'] <= $now) {
            continue;
        }
        $rank = [$choice['expires'], -count(array_filter($choice['purposes']))];
        if ($best === null || $rank > $best[0]) {
            $best = [$rank, $choice];
        }
    }
    return $best === null ? null : $best[1];
}

function read_one(string $value, array $keys): ?array
{
    $dot = strrpos($value, '.');
    if ($dot === false || strlen($value) > LONGEST || preg_match('/[^\x00-\x7f]/', $value)) {
        return null;
    }
    $payload = substr($value, 0, $dot);
    $signature = (string) substr($value, $dot + 1);
    $genuine = false;
    foreach ($keys as $key) {
        // Constant time each; all keys are compared. A key that is no hexadecimal verifies nothing.
        if (ctype_xdigit($key) && strlen($key) === 64) {
            $digest = hash_hmac('sha256', $payload, hex2bin($key), true);
            $expected = rtrim(strtr(base64_encode($digest), '+/', '-_'), '=');
            $genuine = hash_equals($expected, $signature) || $genuine;
        }
    }
    if (!$genuine || preg_match('/[^\w-]/', $payload)) {
        return null;
    }
    // Objects stay objects: an empty list must not pass for one.
    $given = json_decode((string) base64_decode(strtr($payload, '-_', '+/')), false, 8);
    if (!$given instanceof \stdClass) {
        return null;
    }
    $purposes = answers($given->p ?? null);
    $services = answers(property_exists($given, 's') ? $given->s : new \stdClass());
    [$policy, $day, $expires] = [$given->f ?? null, $given->d ?? null, $given->e ?? null];
    if ($purposes === null || $services === null || !is_string($policy) || !is_int($day) || !is_int($expires)) {
        return null;
    }
    return ['purposes' => $purposes, 'services' => $services, 'policy' => $policy, 'day' => $day, 'expires' => $expires];
}

/** Null where anything in it is not an answer: half a choice grants nothing. */
function answers($given): ?array
{
    if (!$given instanceof \stdClass) {
        return null;
    }
    $found = [];
    foreach ((array) $given as $name => $said) {
        if ($said !== 0 && $said !== 1) {
            return null;
        }
        $found[$name] = $said === 1;
    }
    return $found;
}
