"""Archives that lie: zip, gzip, tar.gz and every form that we do not read. The cases stand in tests/hostile."""
import os

from hostile_runs import SANITIZED, Target, measured, write_cases
from kit import check, equal, main


def test_zip(folder):
    check(Target(folder, same=True).judge("zips") >= 180, "cases")


def test_gzip(folder):
    check(Target(folder, same=True).judge("gzips") >= 90, "cases")


def test_tar(folder):
    check(Target(folder, same=True).judge("tars") >= 100, "cases")


def test_other_forms_cost_nothing(folder):
    target = Target(folder, same=True)
    count = target.judge("foreign")
    check(count >= 25, "cases")
    cases = write_cases("foreign", os.path.join(folder, "again"), target.flux)
    cost = measured(folder, "-c", target.i.config, "import", "--json", *(c.path for c in cases))
    equal(cost.code, 65, "exit")
    check(SANITIZED or cost.cpu < 0.1 * count, f"{cost.cpu:.2f} s of CPU for {count} files")


main(*[f for name, f in sorted(globals().items()) if name.startswith("test_")])
