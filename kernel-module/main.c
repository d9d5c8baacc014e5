// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The module's life: parameters, the device, the first model. */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "glue.h"
#include "plant/plant.h"

#define FIRMWARE_MODEL "nibble/model.nbl"
#ifdef NIBBLE_EMBEDDED_MODEL
#define DEFAULT_MODEL NBL_EMBEDDED_NAME
#else
#define DEFAULT_MODEL FIRMWARE_MODEL
#endif

static char *model = DEFAULT_MODEL;
module_param(model, charp, 0444);
MODULE_PARM_DESC(model, "Firmware file of the first model, or " NBL_EMBEDDED_NAME " (default " DEFAULT_MODEL ")");

unsigned int nbl_max_sessions = 64;
module_param_named(max_sessions, nbl_max_sessions, uint, 0644);
MODULE_PARM_DESC(max_sessions, "Files that may be open at once (default 64)");

unsigned long nbl_max_session_bytes = 64UL << 20;
module_param_named(max_session_bytes, nbl_max_session_bytes, ulong, 0644);
MODULE_PARM_DESC(max_session_bytes, "Memory of one session (default 64 MiB)");

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "nibble",
	.fops = &nbl_device_operations,
	.mode = 0600,
	.groups = nbl_control_groups,
};

static int __init nibble_init(void)
{
	int error;

	if (!nbl_platform_has_floats())
		return -ENODEV;
	error = nbl_zstd_workspace_create();
	if (error)
		return error;
	error = misc_register(&device);
	if (error)
		goto no_device;
	nbl_statistics_create();
	/* Without a model the module stays: one can be given to it through sysfs. */
	if (nbl_model_replace(model, device.this_device))
		pr_warn("nibble: no model; write the name of one to /sys/class/misc/nibble/load\n");
	nbl_plant();
	return 0;

no_device:
	nbl_zstd_workspace_destroy();
	return error;
}

static void __exit nibble_exit(void)
{
	nbl_statistics_destroy();
	misc_deregister(&device);
	nbl_model_forget();
	nbl_zstd_workspace_destroy();
}

module_init(nibble_init);
module_exit(nibble_exit);
MODULE_DESCRIPTION("Small language models, verified and run inside the kernel");
MODULE_AUTHOR("The Nibble authors");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_FIRMWARE(FIRMWARE_MODEL);
