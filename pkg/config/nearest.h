#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

#include "config/config.h"

/* The flag that somebody who typed name most likely meant; NULL when none is close. */
const char *config_nearest(const struct config_option *options, size_t n, const char *name);

#endif
