#include "base/double.h"
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

void double_format(double v, char out[DOUBLE_TEXT_SIZE])
{
	/* Any decimal of DBL_DIG digits survives the way through a double, so no shorter one is better. */
	for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
		(void)snprintf(out, DOUBLE_TEXT_SIZE, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			return;
	}
}
