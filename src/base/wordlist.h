/* Wordlist: 2,048 English words (BIP 39), in order, told apart by their first four letters. */
#pragma once

#include <stddef.h>

#define WORDLIST_BITS 11
#define WORDLIST_SIZE (1u << WORDLIST_BITS)

const char *wordlist_at(unsigned number); /* below WORDLIST_SIZE */
/* Its number, in whatever case it is written; -1: it is none of them. */
int wordlist_find(const char *word, size_t size);
/* The word that was most likely meant: one with the same four letters at its start, or with the fewest slips. NULL when
 * none is near. */
const char *wordlist_near(const char *word, size_t size);
