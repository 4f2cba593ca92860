/* Language. English in the code, French in po/fr.po; what machines read is never translated. */
#ifndef FLUX_BASE_I18N_H
#define FLUX_BASE_I18N_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text

enum lang { LANG_EN, LANG_FR };

/* From the environment; servers without French locales get French all the same. exe_folder: where the program stands, for the
 * catalogue of a build folder. */
void i18n_start(const char *exe_folder);
/* langue of the configuration: "fr", "en", or "auto" that changes nothing. */
void i18n_choose(const char *langue);
/* Of the messages that are in fact shown. */
enum lang i18n_lang(void);

#endif
