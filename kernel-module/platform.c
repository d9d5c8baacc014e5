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
#define has_floats() boot_cpu_has(X86_FEATURE_FPU)
#elif defined(CONFIG_ARM64)
#include <asm/neon.h>
#define registers_end kernel_neon_end
#define has_floats() cpu_has_neon()

static void registers_begin(void)
{
	kernel_neon_begin();
	/* User space's rounding mode is saved by now, but still in force. */
	write_sysreg(0, fpcr);
}
#elif defined(CONFIG_RISCV)
#include <asm/csr.h>
#include <asm/hwcap.h>
/* Linux does not name it: rounding mode and flags of the floating-point unit. */
#define CSR_FCSR 0x003
#define has_floats() riscv_isa_extension_available(NULL, d)

/* Linux 6.1 has no sections for floats, so what user space has in its registers is put aside here. */
struct float_registers {
	u64 values[32];
	unsigned long control, status;
};
static DEFINE_PER_CPU(struct float_registers, user_registers);

#define WITH_EACH_REGISTER(instruction)                                                  \
	".option push\n.option arch, +f, +d\n"                                           \
	".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26," \
	"27,28,29,30,31\n" instruction " f\\n, 8*\\n(%0)\n.endr\n.option pop"

static void registers_begin(void)
{
	struct float_registers *user = this_cpu_ptr(&user_registers);

	user->status = csr_read_set(CSR_STATUS, SR_FS);
	user->control = csr_read(CSR_FCSR);
	asm volatile(WITH_EACH_REGISTER("fsd") : : "r"(user->values) : "memory");
	csr_write(CSR_FCSR, 0);
}

static void registers_end(void)
{
	struct float_registers *user = this_cpu_ptr(&user_registers);

	asm volatile(WITH_EACH_REGISTER("fld") : : "r"(user->values) : "memory");
	csr_write(CSR_FCSR, user->control);
	csr_clear(CSR_STATUS, SR_FS & ~user->status);
}
#else
#error "nibble: no sections with floating-point registers on this architecture"
#endif

/* Preemption is off within a section, so each CPU has one at most; 0 outside of it. */
static DEFINE_PER_CPU(u64, section_start_ns);

bool nbl_platform_has_floats(void)
{
	return has_floats();
}

void nbl_section_begin(void)
{
	preempt_disable(); /* not every kernel's sections do so */
	registers_begin();
	this_cpu_write(section_start_ns, ktime_get_ns());
}

void nbl_section_end(void)
{
	nbl_statistics_count_section(ktime_get_ns() - this_cpu_read(section_start_ns));
	this_cpu_write(section_start_ns, 0);
	registers_end();
	preempt_enable();
}

/* The runtime calls this in what nbl_section_begin() began, after at most about 25 microseconds of
 * a core with AVX2: see SECTION_GOAL_NS; and outside of sections, while it loads. */
void nibble_platform_yield(void)
{
	u64 start_ns = this_cpu_read(section_start_ns);

	if (!start_ns) {
		cond_resched();
		return;
	}
	if (!need_resched() && ktime_get_ns() - start_ns < SECTION_GOAL_NS / 2)
		return;
	nbl_section_end();
	cond_resched();
	nbl_section_begin();
}

void nibble_platform_panic(const char *file, int32_t line, const char *what)
{
	panic("nibble: %s:%d: %s", file, line, what);
}
