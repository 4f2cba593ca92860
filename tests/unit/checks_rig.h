/* What the parser finds in the rig's flux once it is edited, without what the tests of the checks do not look at. */
#ifndef TESTS_UNIT_CHECKS_RIG_H
#define TESTS_UNIT_CHECKS_RIG_H

#include "tests/unit/parse_rig.h"

extern struct rig rig;

void checks_setup(void);
void checks_teardown(void);

/* Findings as "V_NIR/FIELD InfosFoyerRSA[1]/...": no ordinal, no line, no cost of a warning. */
void assert_found(const char *wanted);
/* edits: from, to, from, to, NULL. */
char *edited(const char *const *edits);
void assert_edits(const char *const *edits, const char *wanted);
void assert_edit(const char *from, const char *to, const char *wanted);
/* The last person of the flux, LOU, with these roles and blocks. */
void assert_lou(const char *roles, const char *blocks, const char *wanted);

#define H1 "InfosFoyerRSA[1]"
#define P1 H1 "/Personne[1]"
#define STATE H1 "/PrestationRSA/SituationDossierRSA"
#define ADDRESS H1 "/DonneesAdministratives/Adresse"
#define NIR1 P1 "/Identification/NIR"
#define REFUSED(day) "<Refus><DTREFURSA>" day "</DTREFURSA><MOTIREFURSA>F85</MOTIREFURSA></Refus>"
#define STOPPED "<SuspensionDroit><MOTISUSDRORSA>DA</MOTISUSDRORSA><DDSUSDRORSA>2022-01-01</DDSUSDRORSA></SuspensionDroit>"
#define UNPAID(why)                                                                                                                        \
    "<SuspensionVersement><MOTISUSVERSRSA>" why "</MOTISUSVERSRSA><DDSUSVERSRSA>2022-01-01</DDSUSVERSRSA></SuspensionVersement>"
#define CLOSED(why, day) "<FinDroit><MOTICLORSA>" why "</MOTICLORSA><DTCLORSA>" day "</DTCLORSA></FinDroit>"
#define CLOSED_BEFORE(day) "<FinDroitMoisAnterieur><MOTICLORSA>RAU</MOTICLORSA><DTCLORSA>" day "</DTCLORSA></FinDroitMoisAnterieur>"
#define P2 "InfosFoyerRSA[2]/Personne[2]"
#define ROLE(benefit, role) "<Prestations>\n<NATPREST>" benefit "</NATPREST>\n<ROLEPERS>" role "</ROLEPERS>\n<TOPCHAPERS>"
#define ROLES(a, b, c, d) ROLE(a, b) "0</TOPCHAPERS>\n</Prestations>\n" ROLE(c, d) "1</TOPCHAPERS>\n</Prestations>\n"
#define PARENT "<Rattachement><NOMNAI>BRINDOR</NOMNAI><PRENOM>ALIX</PRENOM><DTNAI>1990-07-14</DTNAI><TYPEPAR>LEG</TYPEPAR></Rattachement>"
#define MAINTENANCE(end)                                                                                                                   \
    "<PensionAlimentaire><Asf><SITASF>HB</SITASF><PARASSOASF>P</PARASSOASF><DDASF>2020-01-01</DDASF>" end "</Asf></PensionAlimentaire>"
#define PREGNANCY(end) "<Grossesse><DDGRO>2021-06-01</DDGRO>" end "<DTDECLGRO>2021-08-01</DTDECLGRO></Grossesse>"
#define ALIX "<PRENOM>ALIX</PRENOM>"
#define QUARTER(none, last)                                                                                                                \
    "<Ressources><GeneraliteRessourcesTrimestre><TOPRESSNUL>" none "</TOPRESSNUL><DDRESS>2021-11-01</DDRESS><DFRESS>" last                 \
    "</DFRESS></GeneraliteRessourcesTrimestre>"

#endif
