/* Backup: an identity in a file of its own, under a passphrase.
 *
 *     fika-backup-1 SALT OPERATIONS MEMORY NONCE SEALED SUM
 *
 * a passline (passline.h), and a sum: SEALED is the identity's seed (32 bytes) and the nick (33, zeros behind it); SUM is the
 * first 8 bytes of H("fika-backup-v1", all in front of it), so that a file that was damaged is told from a passphrase that is wrong. */
#pragma once

#include "base/error.h"
#include "core/face.h"
#include "store/passline.h"

#define BACKUP_LINE_MAX PASSLINE_ROOM

struct backup {
    uint8_t seed[32];
    struct nick nick; /* "" where none was kept */
};

/* Writes a new file (0600); one that is there is left alone, and an error. The passphrase may be empty. */
enum error_code backup_write(const char *path, const struct backup *backup, const char *passphrase,
                             struct error *error);
/* Reads the line: is it a whole backup of a version that this program knows? */
enum error_code backup_read(const char *path, char line[BACKUP_LINE_MAX], struct error *error);
/* Whether the text is such a line, with numbers that this program would take. */
bool backup_line_ok(const char *text);
/* Opens it; false when the passphrase is another. A second of work and 256 MB. */
bool backup_open(const char *line, const char *passphrase, struct backup *backup,
                 struct error *error);
