"""Answers, for the test: the same as verify.php, of choice.py."""

import importlib.util
import json
import sys
from pathlib import Path

FILE = Path(__file__).parents[2] / "integrations/verify-choice/python/choice.py"


def main() -> None:
    spec = importlib.util.spec_from_file_location("choice", FILE)
    assert spec is not None and spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    asked = json.load(sys.stdin)
    keys = [bytes.fromhex(key) for key in asked["keys"]]
    policy = asked["policy"]
    answers = []
    for case in asked["cases"]:
        choice = example.read_choice(example.choice_cookies(case["header"], case["site"]), keys, case["now"])
        allows = []
        if choice is not None:
            allows += [purpose for purpose in asked["purposes"] if choice.grants(purpose, policy)]
            services = asked["services"].items()
            allows += [name for name, purpose in services if choice.grants_service(name, purpose, policy)]
        answers.append({"choice": choice._asdict() if choice is not None else None, "allows": allows})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
