#ifndef ONEPASSWORD_SHOWN_H
#define ONEPASSWORD_SHOWN_H

/* A text from outside as it may stand in an error: printable and cut to SHOWN_MAX bytes. Caller frees. */
#define SHOWN_MAX 200
char *shown_dup(const char *s);

#endif
