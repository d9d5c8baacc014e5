#include <linux/module.h>
#define INCLUDE_VERMAGIC
#include <linux/build-salt.h>
#include <linux/elfnote-lto.h>
#include <linux/export-internal.h>
#include <linux/vermagic.h>
#include <linux/compiler.h>

BUILD_SALT;
BUILD_LTO_INFO;

MODULE_INFO(vermagic, VERMAGIC_STRING);
MODULE_INFO(name, KBUILD_MODNAME);

__visible struct module __this_module
__section(".gnu.linkonce.this_module") = {
	.name = KBUILD_MODNAME,
	.init = init_module,
#ifdef CONFIG_MODULE_UNLOAD
	.exit = cleanup_module,
#endif
	.arch = MODULE_ARCH_INIT,
};

#ifdef CONFIG_RETPOLINE
MODULE_INFO(retpoline, "Y");
#endif


static const struct modversion_info ____versions[]
__used __section("__versions") = {
	{ 0xbdfb6dbb, "__fentry__" },
	{ 0x8a64ab49, "nibble_session_open" },
	{ 0x96848186, "scnprintf" },
	{ 0xa916b694, "strnlen" },
	{ 0xf435043f, "nibble_session_prompt" },
	{ 0xe577189c, "nibble_session_close" },
	{ 0x5b8239ca, "__x86_return_thunk" },
	{ 0x90a475fb, "nibble_session_next" },
	{ 0xa19b956, "__stack_chk_fail" },
	{ 0xcbd4898c, "fortify_panic" },
	{ 0xbb462483, "_dev_info" },
	{ 0x3e0304f4, "pci_get_device" },
	{ 0xda706865, "pci_dev_put" },
	{ 0xd4c14632, "system_unbound_wq" },
	{ 0xc5b6f236, "queue_work_on" },
	{ 0x3c12dfe, "cancel_work_sync" },
	{ 0x9060323f, "module_layout" },
};

MODULE_INFO(depends, "nibble");

