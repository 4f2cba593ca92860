"""count_tests.py STATUS TESTLOG...: adds up what `meson test` wrote, and ends with 1 when something failed, STATUS is not 0, or nothing ran."""
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def main():
    status, logs = int(sys.argv[1]), sys.argv[2:]
    passed, skipped, failed = 0, [], []
    for log in logs:
        try:
            with open(log, encoding="utf-8") as lines:
                rows = [json.loads(line) for line in lines if line.strip()]
        except (OSError, ValueError):
            rows = [{"name": log, "result": "no readable results"}]
        for row in rows:
            if row["result"] in PASSED:
                passed += 1
            elif row["result"] in SKIPPED:
                skipped.append(row["name"])
            else:
                failed.append(f"{row['name']}: {row['result']}")
    if status and not failed:
        failed.append(f"meson test: exit {status}")
    for name in sorted(set(skipped)):
        print(f"skipped: {name}")
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


sys.exit(main())
