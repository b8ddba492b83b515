/* Of the standard's stdlib.h what filters need; stdlib.c has it. */
#ifndef AL_STDLIB_H
#define AL_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
/* Does nothing: what al_filter allocates is gone when it returns. */
void free(void *block);
_Noreturn void abort(void);
/* A number in a base up to 36; without the 0x that the standard allows before base 16. */
long strtol(const char *text, char **end, int base);

#endif
