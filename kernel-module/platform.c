// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the runtime asks of its platform, and sections in which vector registers are the kernel's. */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#include "glue.h"

#if defined(CONFIG_X86)
#include <asm/fpu/api.h>
#define registers_begin kernel_fpu_begin
#define registers_end kernel_fpu_end
#elif defined(CONFIG_ARM64)
#include <asm/neon.h>
#define registers_begin kernel_neon_begin
#define registers_end kernel_neon_end
#else
#error "nibble: no sections with floating-point registers on this architecture"
#endif

/* Preemption is off within a section, so each CPU has one at most. */
static DEFINE_PER_CPU(u64, section_start_ns);

void nbl_section_begin(void)
{
	registers_begin();
	this_cpu_write(section_start_ns, ktime_get_ns());
}

void nbl_section_end(void)
{
	nbl_statistics_count_section(ktime_get_ns() - this_cpu_read(section_start_ns));
	registers_end();
}

/* The runtime calls this between ops, in what nbl_section_begin() began. */
void nibble_platform_yield(void)
{
	nbl_section_end();
	cond_resched();
	nbl_section_begin();
}

void nibble_platform_panic(const char *file, int32_t line, const char *what)
{
	panic("nibble: %s:%d: %s", file, line, what);
}
