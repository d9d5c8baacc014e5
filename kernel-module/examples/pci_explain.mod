/work/wt/linux/kernel-module/examples/pci_explain.o
