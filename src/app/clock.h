/* Clock: the two times that the program reads. */
#pragma once

#include <stdint.h>

uint64_t clock_now_us(void);   /* monotonic */
uint64_t clock_wall_ms(void);  /* since 1970 */
uint64_t clock_slept_ms(void); /* how long the machine was suspended, since it was started */
