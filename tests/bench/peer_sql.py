"""What a département would write instead: lxml, and upserts into SQL. peer_sql.py sqlite|postgres WHERE FLUX
A row per dossier with its keys and all of its leaves as JSON, a row per person with what one searches by, three indexes, one transaction,
rows sent a thousand at a time, rows that did not change left alone. It checks nothing, encrypts nothing and keeps no history."""
import json
import os
import sqlite3
import sys

from lxml import etree

BATCH = 1000
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS dossier (numdemrsa text PRIMARY KEY, matricule text, fonorg text, etat text, record text NOT NULL)",
    "CREATE TABLE IF NOT EXISTS person (numdemrsa text, key text, nir text, nom text, prenom text, dtnai text, role text,"
    " PRIMARY KEY (numdemrsa, key))",
    "CREATE INDEX IF NOT EXISTS dossier_matricule ON dossier (matricule)",
    "CREATE INDEX IF NOT EXISTS person_nir ON person (nir)",
    "CREATE INDEX IF NOT EXISTS person_name ON person (nom, prenom, dtnai)",
)
DOSSIER = (
    "INSERT INTO dossier VALUES {} ON CONFLICT (numdemrsa) DO UPDATE SET matricule = excluded.matricule, fonorg = excluded.fonorg,"
    " etat = excluded.etat, record = excluded.record WHERE dossier.record <> excluded.record"
)
PERSON = (
    "INSERT INTO person VALUES {} ON CONFLICT (numdemrsa, key) DO UPDATE SET nir = excluded.nir, nom = excluded.nom,"
    " prenom = excluded.prenom, dtnai = excluded.dtnai, role = excluded.role"
    " WHERE (person.nir, person.nom, person.prenom, person.dtnai, person.role)"
    " IS {} (excluded.nir, excluded.nom, excluded.prenom, excluded.dtnai, excluded.role)"
)


def tree(element):
    """Leaves as text, blocks as objects, what repeats as arrays."""
    if len(element) == 0:
        return element.text
    found = {}
    for child in element:
        value = tree(child)
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], list):
            found[child.tag].append(value)
        else:
            found[child.tag] = [found[child.tag], value]
    return found


def rows_of(household):
    """The row of the dossier, those of its persons."""
    number = household.findtext("IdentificationRSA/DemandeRSA/NUMDEMRSA")
    dossier = (number, household.findtext("IdentificationRSA/Organisme/MATRICULE"),
               household.findtext("IdentificationRSA/Organisme/FONORG"), household.findtext(".//ETATDOSRSA"),
               json.dumps(tree(household), ensure_ascii=False))
    persons = {}
    for person in household.findall("Personne"):
        nir, nom, prenom, dtnai = (person.findtext("Identification/" + name) for name in ("NIR", "NOM", "PRENOM", "DTNAI"))
        role = next((p.findtext("ROLEPERS") for p in person.findall("Prestations") if p.findtext("NATPREST") == "RSA"), None)
        key = nir or f"{nom}|{prenom}|{dtnai}"
        persons[key] = (number, key, nir, nom, prenom, dtnai, role)
    return dossier, list(persons.values())


def batches(path):
    dossiers, persons = {}, {}
    for _, household in etree.iterparse(path, tag="InfosFoyerRSA"):
        dossier, its_persons = rows_of(household)
        dossiers[dossier[0]] = dossier
        persons.update({row[:2]: row for row in its_persons})
        household.clear()
        while household.getprevious() is not None:
            del household.getparent()[0]
        if len(dossiers) == BATCH:
            yield list(dossiers.values()), list(persons.values())
            dossiers, persons = {}, {}
    yield list(dossiers.values()), list(persons.values())


def into_sqlite(where, path):
    base = sqlite3.connect(where, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    for statement in SCHEMA:
        base.execute(statement)
    base.execute("BEGIN")
    for dossiers, persons in batches(path):
        base.executemany(DOSSIER.format("(?,?,?,?,?)"), dossiers)
        base.executemany(PERSON.format("(?,?,?,?,?,?,?)", "NOT"), persons)
    base.execute("COMMIT")
    counts = [base.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("dossier", "person")]
    base.close()
    return counts, 0


def seconds_of(pid):
    """CPU of another process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def into_postgres(where, path):
    import psycopg2
    from psycopg2.extras import execute_values
    base = psycopg2.connect(where)
    with base.cursor() as cursor:
        for statement in SCHEMA:
            cursor.execute(statement)
        for dossiers, persons in batches(path):
            execute_values(cursor, DOSSIER.format("%s"), dossiers, page_size=BATCH)
            execute_values(cursor, PERSON.format("%s", "DISTINCT FROM"), persons, page_size=BATCH)
        counts = []
        for table in ("dossier", "person"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts.append(cursor.fetchone()[0])
    base.commit()
    server = seconds_of(base.get_backend_pid())
    base.close()
    return counts, server


def main():
    kind, where, path = sys.argv[1:]
    (dossiers, persons), server = {"sqlite": into_sqlite, "postgres": into_postgres}[kind](where, path)
    print(json.dumps({"dossiers": dossiers, "persons": persons, "server_cpu": server}))


main()
