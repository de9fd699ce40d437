#ifndef BASE_DOUBLE_H
#define BASE_DOUBLE_H

#include "base/def.h"

#define DOUBLE_TEXT_SIZE 32

/* The shortest decimal text that reads back as v; NaN and infinities as printf names them. */
void double_format(double v, char out[DOUBLE_TEXT_SIZE]);

#endif
