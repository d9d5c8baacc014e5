/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A bug on request: NIBBLE_PLANT=kasan|kasan_vector|ubsan|ubsan_vector|lockdep|kmemleak|atomic_sleep. */
#ifndef NIBBLE_PLANT_H
#define NIBBLE_PLANT_H

#ifdef NIBBLE_PLANT
void nbl_plant(void);
#else
static inline void nbl_plant(void)
{
}
#endif

#endif
