"""XML that lies or attacks: encodings, declarations, namespaces, floods. Made from a right flux by one change each."""
from case import ACCEPT, case

BAD, LIMITS = "F_ILLFORMED", "F_LIMIT_TEXT F_LIMIT_MARKUP F_LIMIT_ATTRIBUTES F_LIMIT_DEPTH"
# A household with a fault may be rejected, and too many of these hold the flux.
TAKEN = f"{ACCEPT} F_REJECTS"
XSI = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class Flux:
    """The bytes of a right flux and its places."""

    def __init__(self, data):
        self.data = data
        self.declaration = data[:data.index(b"?>") + 2]
        self.root = data[data.index(b"<Racine"):]
        self.root = self.root[:self.root.index(b">") + 1]
        self.body = data[data.index(self.root):]
        self.household = data[data.index(b"<InfosFoyerRSA>"):data.index(b"</InfosFoyerRSA>") + len(b"</InfosFoyerRSA>")]

    def swap(self, old, new):
        assert old in self.data, old
        return self.data.replace(old, new, 1)

    def declared(self, declaration):
        return declaration + self.data[len(self.declaration):]

    def named(self, encoding):
        return self.declared(f'<?xml version="1.0" encoding="{encoding}"?>'.encode())

    def prolog(self, text):
        return self.swap(self.root, text + self.root)

    def rooted(self, root):
        return self.swap(self.root, root)

    def inside(self, text):
        """Inside the first household, where no element of the schema stands."""
        return self.swap(b"</InfosFoyerRSA>", text + b"</InfosFoyerRSA>")

    def between(self, text):
        """Between households."""
        return self.swap(b"</InfosFoyerRSA>", b"</InfosFoyerRSA>" + text)

    def valued(self, text):
        """As the name of the first person."""
        return self.swap(b"<NOM>", b"<NOM>" + text)


def across(f, data):
    """Comments so long that the first byte of data is the last one of a chunk."""
    room = f.data.index(f.root)
    blank = 65536 - 1 - room - 4
    return b"<!---->" * (blank // 7) + b"<!--" + b" " * (blank % 7) + data + b"-->"


def encodings(flux):
    f = Flux(flux)
    text, ascii_ = flux.decode(), flux.decode().encode("ascii", "xmlcharrefreplace")
    after = ascii_[len(f.declaration):]
    named = lambda name, data=after: f'<?xml version="1.0" encoding="{name}"?>'.encode() + data
    yield case("plain.xml", ACCEPT, flux)
    yield case("mark.xml", ACCEPT, b"\xef\xbb\xbf" + flux)
    yield case("no-declaration.xml", ACCEPT, f.body)
    yield case("mark-no-declaration.xml", ACCEPT, b"\xef\xbb\xbf" + f.body)
    for name in ("UTF-8", "utf-8", "ISO-8859-1", "ISO-8859-15", "windows-1252"):
        yield case(f"named-{name}.xml", ACCEPT, named(name))
    for name in ("UTF-16", "UTF-32", "UCS-4", "UTF-7", "EBCDIC-CP-US", "IBM037", "US-ASCII", "ISO-8859-2", "Shift_JIS", "BIG5", "x-made-up", "UTF8-EBCDIC",
                 "ISO-2022-JP", "HTML", "../../etc/passwd", "%s%s%n"):
        yield case(f"named-{name.replace('/', '_').replace('%', '')}.xml", "F_ENCODING", named(name))
    yield case("named-nothing.xml", f"F_ENCODING {BAD}", named(""))
    yield case("named-long.xml", f"F_ENCODING {BAD}", named("A" * 5000))
    yield case("named-escape.xml", f"F_ENCODING {BAD}", named("\x1b[2J"))
    yield case("mark-but-latin.xml", "F_ENCODING", b"\xef\xbb\xbf" + named("ISO-8859-1"))
    yield case("mark-twice.xml", "F_ENCODING", b"\xef\xbb\xbf" * 2 + flux)
    for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        yield case(f"{codec}.xml", "F_ENCODING F_FORMAT", text.encode(codec))
        yield case(f"{codec}-mark.xml", "F_ENCODING F_FORMAT", ("\ufeff" + text).encode(codec))
    yield case("ebcdic.xml", "F_ENCODING", after.decode().join(['<?xml version="1.0"?>', ""]).encode("cp037"))
    yield case("utf-7.xml", f"F_FORMAT {BAD}", b"+ADw-?xml version=+ACI-1.0+ACI-?+AD4-" + f.body)
    yield case("utf-7-mark.xml", "F_FORMAT", b"+/v8-" + flux)
    yield case("utf-16-half.xml", "F_ENCODING F_FORMAT", ("\ufeff" + text).encode("utf-16-le")[:-1])
    yield case("utf-8-then-16.xml", "F_ENCODING_BYTES " + BAD, flux[:600] + text[600:].encode("utf-16-le"))
    yield case("latin-bytes.xml", f"F_ENCODING_BYTES {BAD}", f.valued(b"\xe9"))
    wrong = {"overlong-2": b"\xc0\xaf", "overlong-nul": b"\xc0\x80", "overlong-3": b"\xe0\x80\xaf", "overlong-4": b"\xf0\x80\x80\xaf",
             "surrogate-high": b"\xed\xa0\x80", "surrogate-low": b"\xed\xbf\xbf", "surrogate-pair": b"\xed\xa0\xbd\xed\xb8\x80",
             "beyond-10ffff": b"\xf4\x90\x80\x80", "f5": b"\xf5\x80\x80\x80", "five-bytes": b"\xf8\x88\x80\x80\x80", "fe": b"\xfe", "ff": b"\xff",
             "lone-80": b"\x80", "cut-2": b"\xc3", "cut-3": b"\xe2\x82", "cut-4": b"\xf0\x9f\x98"}
    for name, data in wrong.items():
        yield case(f"bytes-{name}.xml", "F_ENCODING_BYTES", f.valued(data))
        yield case(f"bytes-in-comment-{name}.xml", "F_ENCODING_BYTES", f.between(b"<!-- " + data + b" -->"))
    yield case("bytes-at-chunk.xml", "F_ENCODING_BYTES", f.prolog(across(f, b"\xe2\x82")))
    yield case("character-at-chunk.xml", f"{ACCEPT}", f.prolog(across(f, "\u20ac".encode())))
    yield case("undefined-1252.xml", "F_ENCODING_BYTES", named("windows-1252", after.replace(b"<NOM>", b"<NOM>\x81", 1)))
    yield case("cut-character-at-end.xml", f"F_TRUNCATED {BAD} F_ENCODING_BYTES", flux.rstrip() + b"<!-- \xe2")


def characters(flux):
    f = Flux(flux)
    for code in (0, 1, 8, 0xb, 0xc, 0xe, 0x1b, 0x1f):
        yield case(f"control-{code:02x}.xml", BAD, f.valued(bytes([code])))
        yield case(f"reference-to-{code:02x}.xml", BAD, f.valued(b"&#%d;" % code))
    for code in (0x7f, 0x80, 0x85, 0x9b, 0x9f, 0x200b, 0x202e, 0x2028, 0x2066, 0xfeff, 0xfdd0, 0x1fffe, 0xe0001):
        yield case(f"character-{code:x}.xml", TAKEN, f.valued(chr(code).encode()))
        yield case(f"character-reference-{code:x}.xml", TAKEN, f.valued(b"&#x%x;" % code))
    for code in (0xfffe, 0xffff):
        yield case(f"character-{code:x}.xml", BAD, f.valued(chr(code).encode()))
    for name, text in {"d800": b"&#xd800;", "110000": b"&#x110000;", "huge": b"&#99999999999999999999;", "wrap": b"&#x100000041;", "negative": b"&#-1;",
                       "empty": b"&#;", "open": b"&#65", "letters": b"&#xzz;", "fffe": b"&#xfffe;"}.items():
        yield case(f"reference-{name}.xml", f"{BAD} F_TRUNCATED", f.valued(text))
    yield case("nul-at-end.xml", BAD, flux + b"\0")
    yield case("nul-in-name.xml", BAD, f.inside(b"<A\0B/>"))
    yield case("nul-in-comment.xml", BAD, f.between(b"<!-- \0 -->"))
    yield case("nul-start.xml", "F_FORMAT F_ENCODING", b"\0" + flux)
    yield case("line-ends-crlf.xml", ACCEPT, flux.replace(b"\n", b"\r\n"))
    yield case("line-ends-cr.xml", ACCEPT, flux.replace(b"\n", b"\r"))
    yield case("line-ends-mixed.xml", ACCEPT, flux.replace(b"\n", b"\r\n\r\n\n", 40))
    yield case("line-ends-nel.xml", TAKEN, f.between("\u0085\u2028".encode()))


def declarations(flux):
    f = Flux(flux)
    yield case("version-1.1.xml", f"{BAD} F_VERSION", f.declared(b'<?xml version="1.1" encoding="UTF-8"?>'))
    yield case("version-2.0.xml", f"{BAD} F_VERSION", f.declared(b'<?xml version="2.0" encoding="UTF-8"?>'))
    yield case("version-none.xml", BAD, f.declared(b'<?xml encoding="UTF-8"?>'))
    yield case("standalone-yes.xml", ACCEPT, f.declared(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'))
    yield case("standalone-maybe.xml", BAD, f.declared(b'<?xml version="1.0" encoding="UTF-8" standalone="maybe"?>'))
    yield case("declared-twice.xml", BAD, f.declaration + flux)
    yield case("declared-late.xml", BAD, b"\n" + flux)
    yield case("declared-upper-case.xml", BAD, f.declared(b'<?XML version="1.0"?>'))
    yield case("declared-encoding-twice.xml", f"{BAD} F_ENCODING", f.declared(b'<?xml version="1.0" encoding="UTF-8" encoding="UTF-16"?>'))
    yield case("declared-encoding-first.xml", f"{BAD} F_ENCODING", f.declared(b'<?xml encoding="UTF-16" version="1.0"?>'))
    yield case("declared-far.xml", "F_ENCODING", f.declared(b'<?xml version="1.0"' + b" " * 70000 + b'encoding="UTF-16"?>'))
    yield case("declared-open.xml", f"{BAD} F_LIMIT_MARKUP F_TRUNCATED F_ENCODING", b'<?xml version="1.0" encoding="UTF-8')
    evil = b"file:///etc/passwd"
    forms = {
        "bare": b"<!DOCTYPE Racine>", "empty": b"<!DOCTYPE Racine []>", "system": b'<!DOCTYPE Racine SYSTEM "%s">' % evil,
        "http": b'<!DOCTYPE Racine SYSTEM "http://192.0.2.1/x.dtd">', "public": b'<!DOCTYPE Racine PUBLIC "-//X" "%s">' % evil,
        "entity": b'<!DOCTYPE Racine [<!ENTITY e "x">]>', "external-entity": b'<!DOCTYPE Racine [<!ENTITY e SYSTEM "%s">]>' % evil,
        "parameter-entity": b'<!DOCTYPE Racine [<!ENTITY %% p SYSTEM "%s">%%p;]>' % evil, "ftp": b'<!DOCTYPE Racine SYSTEM "ftp://192.0.2.1/x">',
        "attlist": b'<!DOCTYPE Racine [<!ATTLIST Racine a CDATA "b">]>', "notation": b'<!DOCTYPE Racine [<!NOTATION n SYSTEM "x">]>',
        "element": b"<!DOCTYPE Racine [<!ELEMENT Racine ANY>]>", "recursive": b'<!DOCTYPE Racine [<!ENTITY a "&b;"><!ENTITY b "&a;">]>',
        "billion": b"<!DOCTYPE Racine [" + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10)) + b"]>",
        "quadratic": b'<!DOCTYPE Racine [<!ENTITY a "' + b"a" * 60000 + b'">]>', "other-root": b'<!DOCTYPE html SYSTEM "%s">' % evil,
        "long": b"<!DOCTYPE Racine [" + b"<!-- x -->" * 100000 + b"]>", "conditional": b"<!DOCTYPE Racine [<![INCLUDE[<!ENTITY e 'x'>]]>]>",
    }
    for name, text in forms.items():
        yield case(f"doctype-{name}.xml", f"F_DOCTYPE {'F_LIMIT_MARKUP' if name in ('long', 'quadratic') else ''}", f.prolog(text))
    yield case("doctype-after-comment.xml", "F_DOCTYPE", f.prolog(b"<!-- x --><!DOCTYPE Racine>"))
    yield case("doctype-after-instruction.xml", "F_DOCTYPE", f.prolog(b"<?a b?><!DOCTYPE Racine>"))
    yield case("doctype-before-declaration.xml", f"F_DOCTYPE {BAD}", b"<!DOCTYPE Racine>" + flux)
    yield case("doctype-inside.xml", f"{BAD} F_DOCTYPE", f.inside(b"<!DOCTYPE a>"))
    yield case("doctype-after.xml", f"{BAD} F_DOCTYPE", flux + b"<!DOCTYPE Racine>")
    yield case("doctype-lower-case.xml", f"{BAD} F_DOCTYPE", f.prolog(b"<!doctype Racine>"))
    yield case("doctype-open.xml", "F_DOCTYPE F_TRUNCATED F_ILLFORMED", b'<?xml version="1.0"?><!DOCTYPE Racine [')
    yield case("doctype-utf-16.xml", "F_ENCODING F_FORMAT", ("\ufeff" + f.prolog(b"<!DOCTYPE Racine>").decode()).encode("utf-16-le"))
    yield case("entity-declared-nowhere.xml", BAD, f.valued(b"&e;"))
    yield case("entity-html.xml", BAD, f.valued(b"&eacute;"))
    yield case("entity-in-attribute.xml", BAD, f.inside(b'<A a="&e;"/>'))
    yield case("entities-predefined.xml", TAKEN, f.valued(b"&amp;&lt;&gt;&quot;&apos;"))
    yield case("ampersand.xml", BAD, f.valued(b"A & B"))
    yield case("stylesheet.xml", ACCEPT, f.prolog(b'<?xml-stylesheet type="text/xsl" href="http://192.0.2.1/x.xsl"?>'))
    yield case("instruction.xml", ACCEPT, f.inside(b"<?php system('touch /tmp/evil-fluxrsa'); ?>"))
    yield case("instruction-xml.xml", BAD, f.inside(b"<?xml version='1.0'?>"))
    yield case("xinclude.xml", TAKEN, f.inside(b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="%s" parse="text"/>' % evil))
    yield case("xml-base.xml", TAKEN, f.inside(b'<A xml:base="%s" xml:id="a" xml:space="preserve" xml:lang="fr"/>' % evil))


def namespaces(flux):
    f = Flux(flux)
    root = lambda more: f.rooted(b"<Racine " + more + b">")
    yield case("no-namespace.xml", ACCEPT, f.rooted(b"<Racine>"))
    yield case("default-namespace.xml", "F_ROOT F_ENVELOPE", root(b'xmlns="http://cnaf.fr/x"'))
    yield case("default-namespace-empty.xml", ACCEPT, root(b'xmlns=""'))
    yield case("undeclared-prefix.xml", BAD, f.inside(b"<x:A/>"))
    yield case("undeclared-prefix-attribute.xml", BAD, f.inside(b'<A x:a="1"/>'))
    yield case("undeclared-prefix-root.xml", f"{BAD} F_ROOT", f.swap(b"<Racine ", b"<x:Racine ").replace(b"</Racine>", b"</x:Racine>"))
    yield case("prefixed-root.xml", "F_ROOT", f.swap(b"<Racine ", b'<r:Racine xmlns:r="u" ').replace(b"</Racine>", b"</r:Racine>"))
    yield case("prefixed-household.xml", "F_TOTALS F_ENVELOPE", f.swap(b"<InfosFoyerRSA>", b'<r:InfosFoyerRSA xmlns:r="u">').replace(b"</InfosFoyerRSA>", b"</r:InfosFoyerRSA>", 1))
    yield case("prefixed-leaf.xml", TAKEN, f.swap(b"<NOM>", b'<r:NOM xmlns:r="u">').replace(b"</NOM>", b"</r:NOM>", 1))
    yield case("namespaced-leaf.xml", TAKEN, f.swap(b"<NOM>", b'<NOM xmlns="u">'))
    yield case("xml-prefix-redeclared.xml", BAD, root(b'xmlns:xml="http://example.org/"'))
    yield case("xmlns-prefix-declared.xml", BAD, root(b'xmlns:xmlns="http://example.org/"'))
    yield case("xml-uri-for-other.xml", BAD, root(b'xmlns:a="http://www.w3.org/XML/1998/namespace"'))
    yield case("prefix-to-nothing.xml", BAD, root(b'xmlns:a=""'))
    yield case("same-name-by-two-prefixes.xml", BAD, f.inside(b'<A xmlns:a="u" xmlns:b="u" a:x="1" b:x="2"/>'))
    yield case("colons.xml", BAD, f.inside(b"<a:b:c/>"))
    yield case("1000-namespaces.xml", LIMITS, root(b" ".join(b'xmlns:n%d="u%d"' % (n, n) for n in range(1000))))
    yield case("1000-namespaces-inside.xml", LIMITS, f.inside(b"<A " + b" ".join(b'xmlns:n%d="u%d"' % (n, n) for n in range(1000)) + b"/>"))
    yield case("9-namespaces.xml", LIMITS, f.inside(b"<A " + b" ".join(b'xmlns:n%d="u%d"' % (n, n) for n in range(9)) + b"/>"))
    yield case("namespaces-nested.xml", f"{TAKEN} {LIMITS}", f.inside(b"".join(b'<A xmlns:n%d="u%d">' % (n, n) for n in range(50)) + b"</A>" * 50))
    yield case("schema-by-http.xml", "F_VERSION " + ACCEPT, root(XSI + b' xsi:noNamespaceSchemaLocation="http://192.0.2.1/x.xsd"'))
    yield case("schema-by-file.xml", "F_VERSION " + ACCEPT, root(XSI + b' xsi:schemaLocation="u file:///etc/passwd"'))
    yield case("schema-other.xml", "F_VERSION", root(XSI + b' xsi:noNamespaceSchemaLocation="vrsd0301.xsd"'))
    for what in (b'xsi:type="xs:string"', b'xsi:nil="true"', b'xsi:schemaLocation="u http://192.0.2.1/x.xsd"'):
        name = what.split(b"=")[0].decode().replace(":", "-")
        yield case(f"{name}-leaf.xml", TAKEN, f.swap(b"<NOM>", b"<NOM " + XSI + b" " + what + b">"))
        yield case(f"{name}-household.xml", TAKEN, f.swap(b"<InfosFoyerRSA>", b"<InfosFoyerRSA " + XSI + b" " + what + b">"))


def shapes(flux):
    f = Flux(flux)
    header = flux[flux.index(b"<IdentificationFlux>"):flux.index(b"</IdentificationFlux>") + 21]
    trailer = flux[flux.index(b"<TransmissionFlux>"):flux.index(b"</TransmissionFlux>") + 19]
    yield case("two-roots.xml", BAD, flux + f.body)
    yield case("text-after.xml", BAD, flux + b"text")
    yield case("element-after.xml", BAD, flux + b"<A/>")
    yield case("comment-after.xml", ACCEPT, flux + b"<!-- end -->\n<?a b?>\n")
    yield case("zeros-after.xml", BAD, flux + bytes(600))
    yield case("zip-after.xml", f"{BAD} F_ENCODING_BYTES", flux + b"PK\5\6" + bytes(18))
    yield case("no-root.xml", "F_TRUNCATED F_ILLFORMED F_ROOT", f.declaration + b"\n<!-- nothing -->\n")
    yield case("only-spaces.xml", "F_FORMAT", b" \n" * 500)
    yield case("only-mark.xml", f"F_TRUNCATED F_EMPTY F_FORMAT {BAD}", b"\xef\xbb\xbf")
    yield case("only-less-than.xml", f"F_TRUNCATED {BAD}", b"<")
    yield case("other-root.xml", "F_ROOT", f.declaration + b"<html/>")
    yield case("other-case-root.xml", "F_ROOT", flux.replace(b"Racine", b"racine"))
    yield case("empty-root.xml", "F_ENVELOPE", f.declaration + b"<Racine/>")
    yield case("header-late.xml", "F_ENVELOPE", flux.replace(header, b"", 1).replace(trailer, header + trailer, 1))
    yield case("header-twice.xml", "F_ENVELOPE", f.swap(header, header * 2))
    yield case("header-missing.xml", "F_ENVELOPE", f.swap(header, b""))
    yield case("header-inside.xml", TAKEN, f.inside(header))
    yield case("trailer-first.xml", "F_ENVELOPE", flux.replace(trailer, b"", 1).replace(header, header + trailer, 1))
    yield case("trailer-twice.xml", "F_ENVELOPE", f.swap(trailer, trailer * 2))
    yield case("trailer-missing.xml", "F_ENVELOPE", f.swap(trailer, b""))
    yield case("household-after-trailer.xml", "F_ENVELOPE", f.swap(trailer, trailer + f.household))
    yield case("household-in-household.xml", TAKEN, f.inside(f.household))
    yield case("household-missing.xml", "F_TOTALS", f.swap(f.household, b""))
    yield case("household-twice.xml", "F_TOTALS", f.swap(f.household, f.household * 2))
    yield case("text-between.xml", TAKEN, f.between(b"hello"))
    yield case("text-inside.xml", TAKEN, f.inside(b"hello"))
    yield case("cdata-between.xml", TAKEN, f.between(b"<![CDATA[<InfosFoyerRSA>]]>"))
    yield case("cdata-end.xml", BAD, f.valued(b"]]>"))
    yield case("cdata-open.xml", f"F_TRUNCATED {BAD} F_LIMIT_MARKUP F_LIMIT_TEXT", f.inside(b"<![CDATA["))
    yield case("comment-open.xml", f"F_TRUNCATED {BAD} F_LIMIT_MARKUP", f.inside(b"<!-- "))
    yield case("comment-dashes.xml", BAD, f.inside(b"<!-- a -- b -->"))
    yield case("comment-hides.xml", TAKEN + " F_TOTALS", f.swap(f.household, b"<!-- " + f.household.replace(b"--", b"") + b" -->"))
    for name, text in {"crossed": b"<A><B></A></B>", "unclosed": b"<A>", "unopened": b"</A>", "case": b"<A></a>", "digit": b"<1/>", "space": b"< A/>",
                       "no-quote": b"<A a=1/>", "no-value": b"<A a/>", "twice": b'<A a="1" a="2"/>', "less": b'<A a="<"/>', "glued": b'<A a="1"b="2"/>'}.items():
        yield case(f"tag-{name}.xml", f"{BAD} F_TRUNCATED", f.inside(text))


def floods(flux):
    f = Flux(flux)
    mib = 1 << 20
    many = lambda form, n: b"".join(form % i for i in range(n))
    limited = f"{LIMITS} {BAD}"
    yield case("33-attributes.xml", LIMITS, f.inside(b"<A " + many(b'a%d="" ', 33) + b"/>"))
    yield case("32-attributes.xml", TAKEN, f.inside(b"<A " + many(b'a%d="" ', 32) + b"/>"))
    yield case("100000-attributes.xml", LIMITS, f.inside(b"<A " + many(b'a%d="" ', 100000) + b"/>"))
    yield case("1000000-attributes-root.xml", LIMITS, f.rooted(b"<Racine " + many(b'a%d="" ', 1000000) + b">"))
    yield case("attribute-10MB.xml", LIMITS, f.inside(b'<A a="' + b"x" * (10 * mib) + b'"/>'))
    yield case("name-1MB.xml", limited, f.inside(b"<" + b"a" * mib + b"/>"))
    yield case("name-60k.xml", f"{limited} {TAKEN}", f.inside(b"<" + b"a" * 60000 + b"/>"))
    yield case("attribute-name-1MB.xml", limited, f.inside(b"<A " + b"a" * mib + b'=""/>'))
    yield case("prefix-1MB.xml", limited, f.inside(b"<" + b"a" * mib + b":b/>"))
    yield case("closing-name-1MB.xml", limited, f.inside(b"<A></" + b"a" * mib + b">"))
    yield case("entity-name-1MB.xml", limited, f.inside(b"&" + b"a" * mib + b";"))
    yield case("comment-10MB.xml", limited, f.between(b"<!--" + b"x" * (10 * mib) + b"-->"))
    yield case("instruction-10MB.xml", limited, f.between(b"<?a " + b"x" * (10 * mib) + b"?>"))
    yield case("cdata-10MB.xml", limited, f.valued(b"<![CDATA[" + b"x" * (10 * mib) + b"]]>"))
    yield case("text-10MB.xml", limited, f.valued(b"x" * (10 * mib)))
    yield case("blank-10MB.xml", f"{limited} {TAKEN}", f.between(b" " * (10 * mib)))
    yield case("references-1M.xml", f"{limited} {TAKEN}", f.valued(b"&#65;" * 1000000))
    yield case("text-in-comments.xml", f"{limited} {TAKEN}", f.valued(b"x<!-- -->" * 200000))
    yield case("comments-1M.xml", f"{limited} {TAKEN}", f.between(b"<!---->" * 1000000))
    yield case("instructions-1M.xml", f"{limited} {TAKEN}", f.between(b"<?a?>" * 1000000), True)
    yield case("depth-64.xml", TAKEN, f.inside(b"<a>" * 62 + b"</a>" * 62))
    yield case("depth-66.xml", "F_LIMIT_DEPTH", f.inside(b"<a>" * 65 + b"</a>" * 65))
    yield case("depth-100000.xml", "F_LIMIT_DEPTH", f.inside(b"<a>" * 100000 + b"</a>" * 100000))
    yield case("depth-known.xml", "F_LIMIT_DEPTH F_ENVELOPE F_REJECTS", f.inside(b"<Personne>" * 100000))
    yield case("million-elements.xml", TAKEN, f.inside(b"<A/>" * 1000000), True)
    yield case("million-known.xml", TAKEN, f.inside(b"<Personne/>" * 1000000), True)
    yield case("million-findings.xml", TAKEN, f.inside(b"<Personne><Identification><DTNAI>x</DTNAI></Identification></Personne>" * 300000), True)
    yield case("million-leaves.xml", TAKEN, f.swap(b"<NOM>", b"<NOM/>" * 1000000 + b"<NOM>"), True)
    yield case("million-between.xml", f"{TAKEN} F_ENVELOPE", f.between(b"<A/>" * 1000000), True)
    yield case("200000-names.xml", f"{TAKEN} {limited}", f.inside(many(b"<n%d/>", 200000)), True)
    yield case("200000-names-between.xml", f"{TAKEN} {limited}", f.between(many(b"<n%d/>", 200000)), True)
    yield case("200000-attribute-names.xml", f"{TAKEN} {limited}", f.inside(many(b'<A n%d=""/>', 200000)), True)
    yield case("200000-namespaces.xml", f"{TAKEN} {limited}", f.inside(many(b'<A xmlns="u%d"/>', 200000)), True)
    yield case("200000-prefixes.xml", f"{TAKEN} {limited}", f.inside(many(b'<A xmlns:p%d="u"/>', 200000)), True)
    yield case("2000-names-of-30k.xml", f"{TAKEN} {limited}", f.inside(b"".join(b"<n%d%s/>" % (n, b"x" * 30000) for n in range(2000))), True)
    yield case("100000-empty-households.xml", f"F_REJECTS F_TOTALS {limited}", f.between(b"<InfosFoyerRSA/>" * 100000), True)
    yield case("household-20MB.xml", f"{TAKEN} {limited}", f.inside((b"<A>" + b"x" * 60000 + b"</A>") * 350), True)


def cases(flux):
    for part in (encodings, characters, declarations, namespaces, shapes, floods):
        yield from part(flux)
