/* Pages. SQLite reads and writes a database in pages, and its log in frames: a head of 24 bytes and a
 * page. This shim stands between it and the disk:
 *
 *     a page      4056 bytes, sealed by XChaCha20-Poly1305 | nonce (24, random) | tag (16)
 *     a frame     its head, of which the last 8 bytes are masked | a page
 *
 * Of a page of SQLite's the last 40 bytes are left free (its "reserved bytes", which exist for this), so
 * pages keep their places and the file its size. The page's number, and whether it is of the file or of
 * the log, is sealed along: none can stand in for another.
 *
 * The last 8 bytes of a frame's head are a sum over pages in clear, which would let one who guesses a
 * page see that he guessed right. They are masked by a key stream of the log's salts, which are new
 * whenever the log begins anew, and the frame's number. The rest of the head, and the log's own, say
 * which page was written when, and no more.
 *
 * Chosen over SQLCipher, which is a second SQLite, with OpenSSL behind it, for all: without a passphrase it
 * would cost what it costs with one. Chosen over sealing bodies in their rows, which leaves open who
 * wrote when, how much and to whom, and cannot seal an index of words at all.
 *
 * 1. A page that does not open is damage (SQLITE_CORRUPT), as a bit that rots is; in the log it is the end
 *    of it, as it is for SQLite itself where a frame's sum does not hold.
 * 2. A page that is all zeros is one that was never written (the file was made longer), and reads so.
 * 3. Only the database and its log come to the disk. A rollback journal is written only while a database
 *    is made, and then it holds no page: what goes into it goes nowhere. No other file is opened: SQLite
 *    is told to keep in memory what it would write there, and is refused if it tries.
 * 4. It is used by one connection a file, locked for it alone, so there is no shared index of the log.
 */
#include "store/pages.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "store/vault.h"

#define PAGE       4096
#define RESERVED   40
#define SEALED     (PAGE - RESERVED)
#define NONCE      24
#define FRAME_HEAD 24
#define FRAME      (FRAME_HEAD + PAGE)
#define LOG_HEAD   32
#define SALTS      8 /* where in a frame's head the two salts are */
#define SUMS       16
#define NAME       "fika-sealed"

enum kind { DATABASE = 'D', LOG = 'L', NOTHING = 'N' };

struct file {
    sqlite3_file base;
    enum kind kind;
    const uint8_t *key;
    unsigned char page[PAGE], sealed[PAGE];
};

static sqlite3_vfs vfs;
static sqlite3_vfs *below;

static sqlite3_file *real(sqlite3_file *file)
{
    return (sqlite3_file *)((char *)file + sizeof(struct file));
}

static sqlite3_file *disk(struct file *file)
{
    return real(&file->base);
}

/* ---- a page ---- */

static void about(unsigned char out[9], const struct file *file, sqlite3_int64 number)
{
    out[0] = (unsigned char)file->kind;
    for (int i = 0; i < 8; i++)
        out[1 + i] = (unsigned char)((uint64_t)number >> (8 * i));
}

static void seal(struct file *file, const unsigned char page[PAGE], sqlite3_int64 number)
{
    unsigned char with[9];
    about(with, file, number);
    randombytes_buf(file->sealed + SEALED, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(file->sealed, file->sealed + SEALED + NONCE,
                                                        NULL, page, SEALED, with, sizeof with, NULL,
                                                        file->sealed + SEALED, file->key);
}

/* Opens file->sealed into file->page; what was reserved is zeros. */
static bool unseal(struct file *file, sqlite3_int64 number)
{
    unsigned char with[9];
    memset(file->page, 0, PAGE);
    if (file->kind == DATABASE && sodium_is_zero(file->sealed, PAGE))
        return true;
    about(with, file, number);
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
               file->page, NULL, file->sealed, SEALED, file->sealed + SEALED + NONCE, with,
               sizeof with, file->sealed + SEALED, file->key) == 0;
}

/* Masks the sums of a frame's head, or takes the mask away. */
static void mask(unsigned char head[FRAME_HEAD], sqlite3_int64 frame)
{
    unsigned char nonce[crypto_stream_xchacha20_NONCEBYTES] = {0};
    memcpy(nonce, head + SALTS, SUMS - SALTS);
    for (int i = 0; i < 8; i++)
        nonce[8 + i] = (unsigned char)((uint64_t)frame >> (8 * i));
    crypto_stream_xchacha20_xor(head + SUMS, head + SUMS, FRAME_HEAD - SUMS, nonce,
                                vault_key(VAULT_SUMS));
}

/* ---- reading ---- */

/* One piece of what SQLite asks for: from `at` on, within one head or one page, `size` bytes. */
static int read_piece(struct file *file, unsigned char *out, int size, sqlite3_int64 at)
{
    sqlite3_int64 number = at / PAGE, start = number * PAGE;
    unsigned char head[FRAME_HEAD];
    int code;
    if (file->kind == LOG) {
        number = (at - LOG_HEAD) / FRAME;
        start = LOG_HEAD + number * FRAME;
        if (at < start + FRAME_HEAD) {
            code = disk(file)->pMethods->xRead(disk(file), head, FRAME_HEAD, start);
            mask(head, number);
            memcpy(out, head + (at - start), (size_t)size);
            return code;
        }
        start += FRAME_HEAD;
    }
    code = disk(file)->pMethods->xRead(disk(file), file->sealed, PAGE, start);
    if (code != SQLITE_OK) {
        memset(out, 0, (size_t)size);
        return code;
    }
    bool good = unseal(file, number);
    memcpy(out, file->page + (at - start), (size_t)size);
    /* SQLite goes through the log until a sum does not hold: zeros end it, too. */
    return good || file->kind == LOG ? SQLITE_OK : SQLITE_CORRUPT;
}

/* How much of what is at `at` belongs to one piece. */
static int piece_size(const struct file *file, sqlite3_int64 at)
{
    if (file->kind == DATABASE)
        return PAGE - (int)(at % PAGE);
    if (at < LOG_HEAD)
        return LOG_HEAD - (int)at;
    int within = (int)((at - LOG_HEAD) % FRAME);
    return within < FRAME_HEAD ? FRAME_HEAD - within : FRAME - within;
}

static int file_read_at(sqlite3_file *base, void *out, int size, sqlite3_int64 at)
{
    struct file *file = (struct file *)base;
    int code = SQLITE_OK;
    if (file->kind == NOTHING) {
        memset(out, 0, (size_t)size);
        return SQLITE_IOERR_SHORT_READ;
    }
    for (unsigned char *to = out; size > 0 && code == SQLITE_OK;) {
        int piece = piece_size(file, at) < size ? piece_size(file, at) : size;
        if (file->kind == LOG && at < LOG_HEAD)
            code = disk(file)->pMethods->xRead(disk(file), to, piece, at);
        else
            code = read_piece(file, to, piece, at);
        to += piece;
        at += piece;
        size -= piece;
        if (code == SQLITE_IOERR_SHORT_READ)
            memset(to, 0, (size_t)size);
    }
    return code;
}

/* ---- writing ---- */

static int write_page(struct file *file, const unsigned char *page, sqlite3_int64 number,
                      sqlite3_int64 at)
{
    seal(file, page, number);
    return disk(file)->pMethods->xWrite(disk(file), file->sealed, PAGE, at);
}

static int write_log(struct file *file, const unsigned char *from, int size, sqlite3_int64 at)
{
    sqlite3_int64 number = (at - LOG_HEAD) / FRAME, start = LOG_HEAD + number * FRAME;
    unsigned char head[FRAME_HEAD];
    if (at < LOG_HEAD)
        return disk(file)->pMethods->xWrite(disk(file), from, size, at);
    if (at == start + FRAME_HEAD && size == PAGE)
        return write_page(file, from, number, at);
    if (at != start || size != FRAME_HEAD)
        return SQLITE_IOERR_WRITE; /* no SQLite that is known writes so */
    memcpy(head, from, FRAME_HEAD);
    mask(head, number);
    return disk(file)->pMethods->xWrite(disk(file), head, FRAME_HEAD, at);
}

static int file_write_at(sqlite3_file *base, const void *from, int size, sqlite3_int64 at)
{
    struct file *file = (struct file *)base;
    if (file->kind == NOTHING)
        return SQLITE_OK;
    if (file->kind == LOG)
        return write_log(file, from, size, at);
    if (size != PAGE || at % PAGE != 0)
        return SQLITE_IOERR_WRITE; /* a file with other pages, which this program does not make */
    return write_page(file, from, at / PAGE, at);
}

/* ---- what is passed on ---- */

static int file_close(sqlite3_file *base)
{
    struct file *file = (struct file *)base;
    sodium_memzero(file->page, sizeof file->page);
    return file->kind == NOTHING ? SQLITE_OK : real(base)->pMethods->xClose(real(base));
}
static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    return ((struct file *)base)->kind == NOTHING
               ? SQLITE_OK
               : real(base)->pMethods->xTruncate(real(base), size);
}
static int file_sync(sqlite3_file *base, int flags)
{
    return ((struct file *)base)->kind == NOTHING ? SQLITE_OK
                                                  : real(base)->pMethods->xSync(real(base), flags);
}
static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    *size = 0;
    return ((struct file *)base)->kind == NOTHING
               ? SQLITE_OK
               : real(base)->pMethods->xFileSize(real(base), size);
}
static int file_lock(sqlite3_file *base, int level)
{
    return real(base)->pMethods->xLock(real(base), level);
}
static int file_unlock(sqlite3_file *base, int level)
{
    return real(base)->pMethods->xUnlock(real(base), level);
}
static int file_reserved(sqlite3_file *base, int *reserved)
{
    return real(base)->pMethods->xCheckReservedLock(real(base), reserved);
}
static int file_control(sqlite3_file *base, int what, void *argument)
{
    return ((struct file *)base)->kind == NOTHING
               ? SQLITE_NOTFOUND
               : real(base)->pMethods->xFileControl(real(base), what, argument);
}
static int file_sector(sqlite3_file *base)
{
    return ((struct file *)base)->kind == NOTHING ? PAGE
                                                  : real(base)->pMethods->xSectorSize(real(base));
}
/* Of what the disk can do, a page that is written whole or not at all is none of SQLite's pages. */
static int file_traits(sqlite3_file *base)
{
    return ((struct file *)base)->kind == NOTHING
               ? 0
               : real(base)->pMethods->xDeviceCharacteristics(real(base)) &
                     SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, /* neither a shared index of the log nor mapped pages */
    .xClose = file_close,
    .xRead = file_read_at,
    .xWrite = file_write_at,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static int open_file(sqlite3_vfs *self, const char *path, sqlite3_file *base, int flags, int *out)
{
    struct file *file = (struct file *)base;
    /* By its own name: SQLite goes through links on its way, so the path may be another one. */
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    (void)self;
    memset(file, 0, sizeof *file);
    file->kind = (flags & SQLITE_OPEN_MAIN_DB) != 0        ? DATABASE
                 : (flags & SQLITE_OPEN_WAL) != 0          ? LOG
                 : (flags & SQLITE_OPEN_MAIN_JOURNAL) != 0 ? NOTHING
                                                           : 0;
    if (file->kind == 0 || slash == NULL || !vault_is_open())
        return SQLITE_CANTOPEN;
    file->key = vault_key(strncmp(slash, "/search.", 8) == 0 ? VAULT_INDEX : VAULT_HISTORY);
    if (file->kind == NOTHING) {
        base->pMethods = &methods;
        return SQLITE_OK;
    }
    int code = below->xOpen(below, path, real(base), flags, out);
    /* Without methods it is not closed. */
    base->pMethods = real(base)->pMethods != NULL ? &methods : NULL;
    return code;
}

static int delete_file(sqlite3_vfs *self, const char *path, int sync)
{
    (void)self;
    int code = below->xDelete(below, path, sync);
    return code == SQLITE_IOERR_DELETE_NOENT ? SQLITE_OK : code; /* a journal that went nowhere */
}

static void install(void)
{
    /* What a statement would need to be taken back is kept in memory; too late when SQLite has
     * begun, and then it is refused. */
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
    below = sqlite3_vfs_find(NULL);
    CHECK(below != NULL);
    vfs = *below;
    vfs.szOsFile = (int)sizeof(struct file) + below->szOsFile;
    vfs.zName = NAME;
    vfs.pNext = NULL;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

const char *pages_vfs(void)
{
    if (!vault_is_open())
        return NULL;
    if (below == NULL)
        install();
    return NAME;
}

int pages_prepare(sqlite3 *db)
{
    int reserved = RESERVED;
    if (!vault_is_open())
        return SQLITE_OK;
    /* In this order: a size of pages that is set takes back what was reserved. */
    int code =
        sqlite3_exec(db, "PRAGMA page_size = 4096; PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
    return code != SQLITE_OK
               ? code
               : sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
}
