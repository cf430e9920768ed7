/* Looks: where themes are found. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The text of the theme with this name, out of the person's own themes (fika/themes beside the
 * configuration), else of those that came with the program. False when there is none. */
bool looks_find(const char *name, char *text, size_t room);
/* The names of all themes that looks_find() would find, a space between them; as many as there is room for. */
void looks_list(char *out, size_t room);
