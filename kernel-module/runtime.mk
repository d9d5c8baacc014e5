# SPDX-License-Identifier: MIT OR GPL-2.0-only
# How Kbuild compiles the runtime's C++: with the kernel's own flags for code generation, merged to
# one object, and that through objtool, so that stacks unwind and return thunks are patched.

nibble-cxx := $(if $(CXX_FOR_NIBBLE),$(CXX_FOR_NIBBLE),$(CROSS_COMPILE)g++)

# Flags that g++ does not have or that belong to C alone.
nibble-cxx-dropped := -fshort-wchar -fconserve-stack -fplugin% -fstrict-flex-arrays% \
	-ftrivial-auto-var-init% -fmacro-prefix-map% -fpatchable-function-entry% -mfentry -mrecord-mcount
nibble-cxx-kernel := $(filter-out $(nibble-cxx-dropped),$(filter -m% -f%,$(KBUILD_CFLAGS))) \
	$(if $(CONFIG_KASAN),$(CFLAGS_KASAN)) $(if $(CONFIG_UBSAN),$(CFLAGS_UBSAN))
nibble-cxx-base := -std=c++20 -Os -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -ffp-contract=off -fno-math-errno \
	-fno-strict-aliasing -fno-jump-tables -Wall -Wextra -Wno-maybe-uninitialized -DNDEBUG \
	-I$(nibble-runtime)/include -I$(nibble-runtime)/..
# Only where vectors are computed with; the glue calls it between kernel_fpu_begin() and _end().
# On RISC-V the assembler's flags have the floating-point extensions that the compiler's lack.
nibble-cxx-vector := $(filter-out -mno-sse% -mno-mmx -mno-3dnow -mno-avx% -mno-80387 \
	-mno-fp-ret-in-387 -mgeneral-regs-only,$(nibble-cxx-kernel)) -O2 \
	$(filter -march=%,$(KBUILD_AFLAGS))

include $(nibble-runtime)/kernels/sets.mk
# g++-12 has no RISC-V Vector intrinsics, and Linux 6.1 no sections for them.
nibble-sets := $(filter-out rvv,$(nibble-sets-$(SRCARCH)))
nibble-set-flags-scalar := -fno-tree-vectorize

# Folders whose files compute with floats; all other files keep off those registers.
nibble-plain-folders := format tokenizer program model session c_api
nibble-sources := core/arena.cc core/status.cc kernels/cpu.cc kernels/sha256/select.cc \
	$(foreach folder,$(nibble-plain-folders),$(patsubst $(nibble-runtime)/%,%,$(wildcard $(nibble-runtime)/$(folder)/*.cc)))
nibble-vector-sources := $(patsubst $(nibble-runtime)/%,%,$(wildcard $(nibble-runtime)/sampler/*.cc)) \
	$(foreach set,$(nibble-sets),kernels/$(set)/kernels.cc)

nibble-plain-objects := $(patsubst %.cc,runtime-objects/%.o,$(nibble-sources))
nibble-vector-objects := $(patsubst %.cc,runtime-objects/%.o,$(nibble-vector-sources))
nibble-runtime-objects := $(nibble-plain-objects) $(nibble-vector-objects)

# The hash of every byte that is loaded: worth more than its size.
nibble-flags-format/sha256 := -O2
nibble-flags-kernels/cpu := -D'NIBBLE_KERNEL_SETS=$(foreach set,$(nibble-sets),NIBBLE_SET($(set)))'
nibble-stem = $(patsubst $(obj)/runtime-objects/%.o,%,$@)

quiet_cmd_nibble_cxx = CXX $(quiet_modtag) $@
      cmd_nibble_cxx = $(nibble-cxx) -Wp,-MMD,$(depfile) $(nibble-cxx-base) $(nibble-object-flags) \
	$(nibble-flags-$(nibble-stem)) $(nibble-set-flags-$(notdir $(patsubst %/,%,$(dir $(nibble-stem))))) \
	-c -o $@ $<

$(addprefix $(obj)/,$(nibble-plain-objects)): nibble-object-flags = $(nibble-cxx-kernel)
$(addprefix $(obj)/,$(nibble-vector-objects)): nibble-object-flags = $(nibble-cxx-vector)
$(addprefix $(obj)/,$(nibble-runtime-objects)): $(obj)/runtime-objects/%.o: $(nibble-runtime)/%.cc FORCE
	$(call if_changed_dep,nibble_cxx)
targets += $(nibble-runtime-objects)

# Several objects have the same inline functions. What objtool writes about those that the linker
# drops would point nowhere, so they are dropped before.
quiet_cmd_nibble_merge = LD $(quiet_modtag) $@
      cmd_nibble_merge = $(LD) $(KBUILD_LDFLAGS) -r --force-group-allocation \
	-T $(nibble-here)/runtime.lds -o $@ $(real-prereqs) $(cmd_objtool)
$(obj)/runtime.o: objtool-args-y += --link
$(obj)/runtime.o: $(addprefix $(obj)/,$(nibble-runtime-objects)) FORCE
	$(call if_changed,nibble_merge)
targets += runtime.o
$(shell mkdir -p $(addprefix $(obj)/,$(sort $(dir $(nibble-runtime-objects)))))

# Bugs for the detectors of a debug kernel: plant/plant.h lists them.
ifneq ($(NIBBLE_PLANT),)
nibble-plant-objects := plant/plain.o plant/vector.o
$(obj)/plant/plain.o: nibble-object-flags = $(nibble-cxx-kernel)
$(obj)/plant/vector.o: nibble-object-flags = $(nibble-cxx-vector) -DNIBBLE_PLANT_VECTOR
$(addprefix $(obj)/,$(nibble-plant-objects)): $(nibble-here)/plant/plant.cc FORCE
	$(call if_changed_dep,nibble_cxx)
targets += $(nibble-plant-objects)
CFLAGS_main.o += -DNIBBLE_PLANT=plant_$(NIBBLE_PLANT)
CFLAGS_plant/plant.o += -DNIBBLE_PLANT=plant_$(NIBBLE_PLANT)
nibble-y += plant/plant.o $(nibble-plant-objects)
endif
