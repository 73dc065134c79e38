/* clock.h - the one way to read the clock. Clocks in the field are wrong: nothing is ordered by them.
 *
 * A store carries the clock that its office reads: the machine's, or one that a simulator moves (store.h,
 * struct store_world). NULL in place of a store reads the machine's, for what happens before there is one.   */
#ifndef QIAN_NODE_STORE_CLOCK_H
#define QIAN_NODE_STORE_CLOCK_H
#include <stdint.h>
struct store;
uint64_t clock_now_ms(const struct store *st);            /* since 1970, UTC */
void clock_today(const struct store *st, char out[11]);   /* date in UTC+8, YYYY-MM-DD */
void clock_text(char out[20], uint64_t ms);                 /* date and time of a moment, as below */
void clock_shown(char out[17], uint64_t ms);                /* the same for people: YYYY-MM-DD HH:MM */
void clock_utc(char out[21], uint64_t ms);                  /* of a moment, YYYY-MM-DDTHH:MM:SSZ */
uint64_t clock_utc_read(const char *text);                  /* of what clock_utc wrote; 0 for any other text */
void clock_local(const struct store *st, char out[20]);   /* date and time in UTC+8, YYYY-MM-DDTHH:MM:SS */
/* Of the machine's clock that only runs, whatever day it is set to: for deadlines and how long something took. */
uint64_t clock_running_ms(void);
#endif
