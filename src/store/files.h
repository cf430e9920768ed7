/* Files: small private files, read whole and replaced whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* What an OS error number of a file is for a person: ERROR_DISK_FULL, ERROR_READ_ONLY or
 * ERROR_FILE. */
enum error_code file_error(int os);
/* Sets and returns it. */
enum error_code file_failed(struct error *error, const char *path, int os);

/* Reads at most room - 1 bytes and ends them with a zero. *found is false when there is no such
 * file, which is no error. A file that is larger is cut. */
enum error_code file_read(const char *path, char *out, size_t room, bool *found,
                          struct error *error);
/* Writes the file beside, syncs it, renames it into place and syncs the directory: there is the old
 * one or the new one at any time. Mode 0600. */
enum error_code file_replace(const char *path, const char *text, size_t size, struct error *error);
/* The same without waiting for the disk: after a power cut there may be nothing. For what is written
 * often and can be lost. */
enum error_code file_renew(const char *path, const char *text, size_t size, struct error *error);
/* Writes behind what there is, without a wait and without a word when it fails: for what can be lost. Half of it
 * may be there after a crash, and in a profile with a passphrase what follows that is not read. */
void file_add(const char *path, const char *text, size_t size);
/* Makes the directory and its parents, each new one 0700. */
enum error_code directory_make(const char *path, struct error *error);
