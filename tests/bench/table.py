"""What was measured, as rows that keep their names and their order, and as text. Times are ratios to the yardstick of the same round."""
import statistics

from growth import BASE
from peers import PEER_ROWS
from subjects import ROWS, Skipped

MIB = 1 << 20
# LMDB holds changed pages in memory up to this many, then sends part of them to the disk early (MDB_IDL_UM_MAX of its midl.h); each is
# allocated with its own head.
PAGE, PAGE_HELD, PAGES_HELD = 4096, 4096 + 16, (1 << 17) - 1


def middle(values):
    return statistics.median(values)


def spread(values):
    return {"median": middle(values), "min": min(values), "max": max(values)}


def transaction_mib(written):
    """Memory of the pages of a transaction that wrote so many bytes."""
    return min(written / PAGE, PAGES_HELD) * PAGE_HELD / MIB


def beyond_mib(anon, written):
    return anon - transaction_mib(written) if written else None


def time_row(name, title, rounds):
    found = [r[name] for r in rounds]
    skipped = next((str(f) for f in found if isinstance(f, Skipped)), None)
    if skipped:
        return {"name": name, "title": title, "skipped": skipped}
    return {"name": name, "title": title,
            "cpu": spread([f.cpu / r["noop"].cpu for f, r in zip(found, rounds)]),
            "wall": spread([f.wall / r["noop"].wall for f, r in zip(found, rounds)]),
            "cpu_seconds": middle([f.cpu for f in found]), "wall_seconds": middle([f.wall for f in found]),
            "parser_mib": max(f.child_peak for f in found), "own_mib": max(f.peak for f in found)}


def time_rows(rounds, wanted):
    return [time_row(name, title, rounds) for name, title, _ in ROWS if name in wanted]


def size_rows(rounds, xml):
    """Of the import into an empty store and of the one that changes 5 %, where they were measured."""
    rows = []

    def row(name, title, values):
        rows.append({"name": name, "title": title, "value": middle(values) if None not in values else None})

    if all("xsd-ours" in r and "parse" in r for r in rounds):
        row("xsd-parse", "libxml2 XSD stream ÷ parser alone, CPU", [r["xsd-ours"].cpu / r["parse"].cpu for r in rounds])
    if all("import" in r for r in rounds):
        row("store", "store ÷ XML", [r["import"].store / xml for r in rounds])
    for name, title in (("import", "empty store"), ("import-5", "5 % changed")):
        found = [r[name] for r in rounds if name in r]
        if found:
            row(f"written-{name}", f"written ÷ XML, {title}", [f.written / xml if f.written else None for f in found])
            row(f"anon-{name}", f"importer, MiB not of a file, {title}", [f.peak_anon for f in found])
            row(f"beyond-{name}", f"  of which beyond its transaction, {title}",
                [beyond_mib(f.peak_anon, f.result["bytes_written"]) for f in found])
    return rows


def peer_row(name, title, ours, peer_rounds, rounds, households):
    found = [r[name] for r in peer_rounds]
    row = {"name": name, "title": title}
    skipped = next((str(f) for f in found if isinstance(f, Skipped)), None)
    if skipped:
        return {**row, "skipped": skipped}
    wall = [f.wall / f.households for f in found]
    cpu = [(f.cpu + f.server) / f.households for f in found]
    return {**row, "households": found[0].households, "wall_ms": middle(wall) * 1000, "client_ms": middle(
        [f.cpu / f.households for f in found]) * 1000, "server_ms": middle([f.server / f.households for f in found]) * 1000,
            "times_wall": spread([w / (r[ours].wall / households) for w, r in zip(wall, rounds)]),
            "times_cpu": spread([c / (r[ours].cpu / households) for c, r in zip(cpu, rounds)])}


def peer_rows(peer_rounds, rounds, households):
    return [peer_row(name, title, ours, peer_rounds, rounds, households) for name, title, ours in PEER_ROWS]


def growth_row(households, found):
    if isinstance(found, Skipped):
        return {"households": households, "skipped": str(found)}
    noop = [s.cpu / s.noop for s in found if s.noop]
    return {"households": households, "imports": len(found), "cpu_us": spread([s.cpu / households * 1e6 for s in found]),
            "cpu": middle(noop) if noop else None, "wall_us": middle([s.wall / households for s in found]) * 1e6,
            "parser_mib": max(s.parser for s in found), "importer_mib": max(s.importer for s in found),
            "anon_mib": max(s.anon for s in found), "store": middle([s.store / s.xml for s in found]),
            "written": middle([s.written / s.xml for s in found])}


def growth_rows(found):
    rows = [growth_row(n, found[n]) for n in sorted(found)]
    base = next((r for r in rows if r["households"] == BASE and "skipped" not in r), None)
    for r in rows:
        r["times"] = r["cpu_us"]["median"] / base["cpu_us"]["median"] if base and "skipped" not in r else None
    return rows


# ---- text ----


def figure(value, digits, width):
    return f"{'-' if value is None else format(value, f'.{digits}f'):>{width}}"


def between(s, digits):
    return f"{s['min']:.{digits}f}-{s['max']:.{digits}f}"


def time_text(rows):
    yield f"{'time, memory':<34}{'CPU/no-op':>10}{'min-max':>12}{'wall/no-op':>11}{'CPU s':>9}{'parser MiB':>11}{'own MiB':>9}"
    for r in rows:
        if "skipped" in r:
            yield f"{r['title']:<34}  skipped: {r['skipped']}"
            continue
        parser = r["parser_mib"] or None
        yield (f"{r['title']:<34}{r['cpu']['median']:>10.2f}{between(r['cpu'], 2):>12}{r['wall']['median']:>11.2f}"
               f"{r['cpu_seconds']:>9.2f}{figure(parser, 1, 11)}{figure(r['own_mib'] or None, 1, 9)}")


def size_text(rows):
    yield "ratios, sizes"
    for r in rows:
        yield f"{r['title']:<50}{figure(r['value'], 1 if 'MiB' in r['title'] or 'beyond' in r['title'] else 3, 8)}"


def peer_text(rows):
    yield "peers, per household; beside a fluxrsa import of the same kind"
    yield f"{'':<34}{'wall ms':>9}{'client ms':>11}{'server ms':>11}{'wall, times':>13}{'CPU, times':>12}{'households':>12}"
    for r in rows:
        if "skipped" in r:
            yield f"{r['title']:<34}  skipped: {r['skipped']}"
            continue
        yield (f"{r['title']:<34}{r['wall_ms']:>9.3f}{r['client_ms']:>11.3f}{r['server_ms']:>11.3f}{r['times_wall']['median']:>13.1f}"
               f"{r['times_cpu']['median']:>12.1f}{r['households']:>12}")


def growth_text(rows):
    yield (f"{'households':>10}{'imports':>9}{'CPU us/h':>10}{'min-max':>14}{'times':>7}{'CPU/no-op':>11}{'wall us/h':>11}"
           f"{'parser MiB':>12}{'importer MiB':>14}{'anon MiB':>10}{'store/XML':>11}{'written/XML':>13}")
    for r in rows:
        if "skipped" in r:
            yield f"{r['households']:>10}  skipped: {r['skipped']}"
            continue
        yield (f"{r['households']:>10}{r['imports']:>9}{r['cpu_us']['median']:>10.1f}{between(r['cpu_us'], 1):>14}{figure(r['times'], 2, 7)}"
               f"{figure(r['cpu'], 2, 11)}{r['wall_us']:>11.1f}{r['parser_mib']:>12.1f}{r['importer_mib']:>14.1f}{r['anon_mib']:>10.1f}"
               f"{r['store']:>11.3f}{r['written']:>13.3f}")
