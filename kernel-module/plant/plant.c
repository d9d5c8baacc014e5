// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* One planted bug per detector of a debug kernel, committed when the module is loaded: a detector
 * that does not see its own is off, or blind for the runtime's objects. Never part of a normal build. */
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "../glue.h"
#include "plant.h"

u8 nbl_plant_read(const volatile u8 *memory, size_t bytes);
u8 nbl_plant_read_vector(const volatile u8 *memory, size_t bytes);
s32 nbl_plant_shift(volatile s32 *bits);
s32 nbl_plant_shift_vector(volatile s32 *bits);

#define PLANTED_BYTES 64

static void read_behind(u8 (*read)(const volatile u8 *memory, size_t bytes))
{
	u8 *memory = kzalloc(PLANTED_BYTES, GFP_KERNEL);

	if (memory)
		pr_info("nibble: planted: %u\n", read(memory, PLANTED_BYTES));
	kfree(memory);
}

static void shift_too_far(s32 (*shift)(volatile s32 *bits))
{
	s32 bits = 40;

	pr_info("nibble: planted: %d\n", shift(&bits));
}

static void __maybe_unused plant_kasan(void)
{
	read_behind(nbl_plant_read);
}

static void __maybe_unused plant_kasan_vector(void)
{
	read_behind(nbl_plant_read_vector);
}

static void __maybe_unused plant_ubsan(void)
{
	shift_too_far(nbl_plant_shift);
}

static void __maybe_unused plant_ubsan_vector(void)
{
	shift_too_far(nbl_plant_shift_vector);
}

static DEFINE_MUTEX(first_lock);
static DEFINE_MUTEX(second_lock);

static void lock_both(struct mutex *outer, struct mutex *inner)
{
	mutex_lock(outer);
	mutex_lock(inner);
	mutex_unlock(inner);
	mutex_unlock(outer);
}

static void __maybe_unused plant_lockdep(void)
{
	lock_both(&first_lock, &second_lock);
	lock_both(&second_lock, &first_lock);
}

/* Several: the last one's address may stay in a dead part of the stack, where it counts as known. */
static void __maybe_unused plant_kmemleak(void)
{
	for (int i = 0; i < 16; ++i) {
		void *volatile lost = kmalloc(PLANTED_BYTES, GFP_KERNEL);

		lost = NULL;
	}
}

static void __maybe_unused plant_atomic_sleep(void)
{
	nbl_section_begin();
	msleep(1);
	nbl_section_end();
}

void nbl_plant(void)
{
	NIBBLE_PLANT();
}
