/* Label: one place for the lock, so that the list, the status, the title and sentences agree. */
#include "ui/label.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"

size_t label_channel(const char *name, bool group, char out[LABEL_MAX])
{
    size_t lock = group ? strlen(LABEL_LOCK) : 0;
    memcpy(out, LABEL_LOCK, lock);
    return lock +
           text_tame(out + lock, LABEL_MAX - LABEL_BESIDE - lock, name, strlen(name), TAME_LINE);
}

size_t label_beside(const char *name, char out[LABEL_MAX])
{
    size_t size = label_channel(name, false, out);
    const char *beside = _(" (open)");
    CHECK(strlen(beside) < LABEL_BESIDE);
    memcpy(out + size, beside, strlen(beside) + 1);
    return size + strlen(beside);
}

/* "#plans~3f2a91cc" */
bool label_is_namesake(const char *name, const char *open)
{
    size_t size = strlen(open);
    return strncmp(name, open, size) == 0 && name[size] == '~' && name[size + 1] != '\0' &&
           strspn(name + size + 1, "0123456789abcdef") == strlen(name + size + 1);
}
