/* clock.h - the one way to read the clock. Clocks in the field are wrong: nothing is ordered by them. */
#ifndef QIAN_NODE_STORE_CLOCK_H
#define QIAN_NODE_STORE_CLOCK_H
#include <stdint.h>
uint64_t clock_now_ms(void);      /* since 1970, UTC */
void clock_today(char out[11]);   /* local date, YYYY-MM-DD */
void clock_local(char out[20]);   /* local date and time, YYYY-MM-DDTHH:MM:SS */
#endif
