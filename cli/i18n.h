/* The language of commands is that of every program. */
#ifndef CLI_I18N_H
#define CLI_I18N_H

#include "flux/base/i18n.h"

#endif
