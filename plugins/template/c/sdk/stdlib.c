/* A standard library for filters: memory that is taken piece by piece and given back all at once, and strings. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE ((size_t)65536)
#define ALIGN ((size_t)16)

/* The linker's: where the memory that nothing else uses begins. */
extern unsigned char __heap_base;

static size_t top;  /* the first byte that is free */
static size_t mark; /* what al_memory_release goes back to */

void al_memory_mark(void) { mark = top; }
void al_memory_release(void) { top = mark; }

/* Each block has its size before it, for realloc. */
void *malloc(size_t size) {
  if (top == 0) top = ((size_t)&__heap_base + ALIGN - 1) & ~(ALIGN - 1);
  if (size > SIZE_MAX / 2) return NULL;
  size_t block = top + ALIGN, end = (block + size + ALIGN - 1) & ~(ALIGN - 1);
  size_t room = __builtin_wasm_memory_size(0) * PAGE;
  if (end < block) return NULL;
  if (end > room && __builtin_wasm_memory_grow(0, (end - room + PAGE - 1) / PAGE) == SIZE_MAX) return NULL;
  top = end;
  *(size_t *)(block - sizeof(size_t)) = size;
  return (void *)block;
}

/* See al_memory_release. */
void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  void *block = malloc(count * size);
  return block == NULL ? NULL : memset(block, 0, count * size);
}

void *realloc(void *block, size_t size) {
  void *larger = malloc(size);
  if (block == NULL || larger == NULL) return larger;
  size_t before = *(size_t *)((size_t)block - sizeof(size_t));
  return memcpy(larger, block, before < size ? before : size);
}

void abort(void) { __builtin_trap(); }

/* In parentheses: string.h has macros of these names, which the compiler makes single instructions of. */
void *(memcpy)(void *restrict to, const void *restrict from, size_t size) { return __builtin_memcpy(to, from, size); }
void *(memmove)(void *to, const void *from, size_t size) { return __builtin_memmove(to, from, size); }
void *(memset)(void *to, int byte, size_t size) { return __builtin_memset(to, byte, size); }

int memcmp(const void *one, const void *other, size_t size) {
  const unsigned char *a = one, *b = other;
  for (size_t at = 0; at < size; at++) {
    if (a[at] != b[at]) return a[at] - b[at];
  }
  return 0;
}

void *memchr(const void *bytes, int byte, size_t size) {
  const unsigned char *at = bytes;
  for (; size > 0; size--, at++) {
    if (*at == (unsigned char)byte) return (void *)at;
  }
  return NULL;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

int strcmp(const char *one, const char *other) {
  while (*one != 0 && *one == *other) one++, other++;
  return (unsigned char)*one - (unsigned char)*other;
}

int strncmp(const char *one, const char *other, size_t size) {
  for (; size > 0; size--, one++, other++) {
    if (*one != *other || *one == 0) return (unsigned char)*one - (unsigned char)*other;
  }
  return 0;
}

char *strchr(const char *text, int byte) {
  for (;; text++) {
    if (*text == (char)byte) return (char *)text;
    if (*text == 0) return NULL;
  }
}

char *strstr(const char *text, const char *part) {
  size_t length = strlen(part);
  for (; strncmp(text, part, length) != 0; text++) {
    if (*text == 0) return NULL;
  }
  return (char *)text;
}

long strtol(const char *text, char **end, int base) {
  const char *at = text;
  while (*at == ' ' || (*at >= '\t' && *at <= '\r')) at++;
  int negative = *at == '-';
  if (*at == '-' || *at == '+') at++;
  const char *digits = at;
  unsigned long number = 0, most = negative ? 1ul + INT32_MAX : INT32_MAX;
  for (;; at++) {
    int digit = *at >= '0' && *at <= '9' ? *at - '0' : *at >= 'a' && *at <= 'z' ? *at - 'a' + 10 : *at >= 'A' && *at <= 'Z' ? *at - 'A' + 10 : 99;
    if (digit >= base) break;
    number = number > (most - (unsigned)digit) / (unsigned)base ? most : number * (unsigned)base + (unsigned)digit;
  }
  if (end != NULL) *end = (char *)(at == digits ? text : at);
  return negative ? (long)(0 - number) : (long)number;
}
