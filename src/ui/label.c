/* Label: one place for the lock, so that the list, the status, the title and sentences agree. */
#include "ui/label.h"

#include <string.h>

#include "base/text.h"

size_t label_channel(const char *name, bool group, char out[LABEL_MAX])
{
    size_t lock = group ? strlen(LABEL_LOCK) : 0;
    memcpy(out, LABEL_LOCK, lock);
    return lock + text_tame(out + lock, LABEL_MAX - lock, name, strlen(name), TAME_LINE);
}
