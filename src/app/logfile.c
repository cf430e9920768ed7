/* Log file: plain lines, flushed one by one since they are rare. A peer chooses how often it is
 * refused, so the size is bounded by turning the file over. */
#include "app/logfile.h"

#include <sys/stat.h>
#include <time.h>

#include "base/text.h"
#include "store/vault.h"

static void open_file(struct logfile *log)
{
    struct stat status;
    log->file = NULL;
    log->bytes = 0;
    if (vault_is_open())
        return; /* what happened is nobody else's business either */
    log->file = fopen(log->path, "ae");
    log->bytes = log->file != NULL && fstat(fileno(log->file), &status) == 0 ? status.st_size : 0;
}

void logfile_open(struct logfile *log, const char *directory)
{
    snprintf(log->path, sizeof log->path, "%s/log", directory);
    open_file(log);
}

void logfile_line(struct logfile *log, struct bytes text)
{
    char line[512], when[32] = "";
    if (log->file == NULL)
        return;
    if (log->bytes > LOGFILE_MAX) {
        char old[sizeof log->path + 8];
        snprintf(old, sizeof old, "%s.old", log->path);
        fclose(log->file);
        rename(log->path, old);
        open_file(log);
        if (log->file == NULL)
            return;
    }
    time_t now = time(NULL);
    struct tm broken;
    if (gmtime_r(&now, &broken) != NULL)
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &broken);
    text_tame(line, sizeof line, (const char *)text.at, text.size, TAME_LINE);
    int written_bytes = fprintf(log->file, "%s %s\n", when, line);
    fflush(log->file);
    if (written_bytes > 0)
        log->bytes += written_bytes;
}

void logfile_close(struct logfile *log)
{
    if (log->file != NULL)
        fclose(log->file);
    log->file = NULL;
}
