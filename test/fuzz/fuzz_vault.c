/* What lies in a profile under a passphrase, as one who can write the disk would have it: the line of the
 * passphrase's file, and a sealed file. Whatever they hold, nothing opens that was not sealed. */
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "store/files.h"
#include "store/sealed.h"
#include "store/vault.h"

#define TEXT_MAX 4096

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[64], path[96];

static void remove_all(void)
{
    unlink(path);
    rmdir(directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    snprintf(directory, sizeof directory, "%s/fika-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    CHECK(sodium_init() >= 0 && mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/file", directory);
    vault_make(directory);
    atexit(remove_all);
    return 0;
}

static void write_file(const void *front, size_t front_size, const uint8_t *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, front, front_size) == (ssize_t)front_size &&
          write(fd, data, size) == (ssize_t)size);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char sealed_text[] = "sealed";
    char text[TEXT_MAX], out[TEXT_MAX];
    unsigned char front[SEALED_MARK_BYTES + sizeof sealed_text + SEALED_OVER];
    bool found;
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    vault_line_ok(text);
    /* As it is, and behind a mark: nothing opens. */
    write_file("", 0, data, size);
    CHECK(file_read(path, out, sizeof out, &found, NULL) == ERROR_SEALED || out[0] == '\0');
    write_file(SEALED_MARK, SEALED_MARK_BYTES, data, size);
    file_read(path, out, sizeof out, &found, NULL);
    CHECK(out[0] == '\0');
    /* Behind a record that is good: that one, and no more. */
    memcpy(front, SEALED_MARK, SEALED_MARK_BYTES);
    sealed_record(front + SEALED_MARK_BYTES, sealed_text, sizeof sealed_text - 1, "file");
    write_file(front, SEALED_MARK_BYTES + sizeof sealed_text - 1 + SEALED_OVER, data, size);
    CHECK(file_read(path, out, sizeof out, &found, NULL) == ERROR_NONE);
    CHECK(strcmp(out, sealed_text) == 0);
    return 0;
}
