// Builds the object's sections and symbols with libelf; libelf reads the blob in place.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/elf/object_writer.h"

#include <elf.h>
#include <libelf.h>

#include <array>
#include <memory>

#ifndef EF_RISCV_RVC
#define EF_RISCV_RVC 0x1
#endif
#ifndef EF_RISCV_FLOAT_ABI_DOUBLE
#define EF_RISCV_FLOAT_ABI_DOUBLE 0x4
#endif

namespace nibble::offline {
namespace {

constexpr size_t kBlobAlignBytes = 64;

/// A string table: names in, offsets out.
class StringTable {
 public:
  uint32_t add(const std::string& name) {
    const size_t offset = bytes_.size();
    bytes_.append(name).push_back('\0');
    return static_cast<uint32_t>(offset);
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_ = std::string(1, '\0');
};

/// Sections by the index the header will give them.
enum SectionIndex : uint16_t { kNull, kBlob, kSize, kStackNote, kSymbols, kSymbolNames, kNames };

class ObjectBuilder {
 public:
  ObjectBuilder(const ObjectTarget& target, const OutputFile& output) : path_(output.path()) {
    if (elf_version(EV_CURRENT) == EV_NONE) fail();
    elf_.reset(elf_begin(output.descriptor(), ELF_C_WRITE, nullptr));
    if (!elf_) fail();
    add_header(target);
  }

  /// @param bytes  must stay valid until finish()
  Elf64_Shdr& add_section(const std::string& name, uint32_t type, uint64_t flags, Elf_Type content,
                          size_t align, void* bytes, size_t size) {
    Elf_Scn* const section = elf_newscn(elf_.get());
    Elf_Data* const data = section == nullptr ? nullptr : elf_newdata(section);
    Elf64_Shdr* const header = section == nullptr ? nullptr : elf64_getshdr(section);
    if (data == nullptr || header == nullptr) fail();
    data->d_type = content;
    data->d_align = align;
    data->d_buf = bytes;
    data->d_size = size;
    header->sh_name = names_.add(name);
    header->sh_type = type;
    header->sh_flags = flags;
    return *header;
  }

  /// Adds the table of section names and writes everything.
  void finish() {
    add_section(".shstrtab", SHT_STRTAB, 0, ELF_T_BYTE, 1, nullptr, 0);
    // The table holds its own section's name, so its contents are complete only now.
    Elf_Data* const data = elf_getdata(elf_getscn(elf_.get(), kNames), nullptr);
    data->d_buf = names_.bytes().data();
    data->d_size = names_.bytes().size();
    if (elf_update(elf_.get(), ELF_C_WRITE) < 0) fail();
  }

 private:
  struct End {
    void operator()(Elf* elf) const { elf_end(elf); }
  };

  void add_header(const ObjectTarget& target) {
    Elf64_Ehdr* const header = elf64_newehdr(elf_.get());
    if (header == nullptr) fail();
    header->e_ident[EI_CLASS] = ELFCLASS64;
    header->e_ident[EI_DATA] = ELFDATA2LSB;
    header->e_ident[EI_OSABI] = ELFOSABI_NONE;
    header->e_type = ET_REL;
    header->e_version = EV_CURRENT;
    header->e_machine = target.machine;
    header->e_flags = target.elf_flags;
    header->e_shstrndx = kNames;
  }

  [[noreturn]] void fail() const {
    throw OutputError(path_, std::string("cannot write the object: ") + elf_errmsg(-1));
  }

  std::filesystem::path path_;
  std::unique_ptr<Elf, End> elf_;
  StringTable names_;
};

Elf64_Sym symbol(uint32_t name, uint8_t binding, uint8_t type, SectionIndex section, uint64_t value,
                 uint64_t size) {
  Elf64_Sym entry{};
  entry.st_name = name;
  entry.st_info = ELF64_ST_INFO(binding, type);
  entry.st_other = binding == STB_GLOBAL ? STV_HIDDEN : STV_DEFAULT;
  entry.st_shndx = section;
  entry.st_value = value;
  entry.st_size = size;
  return entry;
}

constexpr uint32_t kFirstGlobalSymbol = 3;  // after the null symbol and two section symbols

std::array<Elf64_Sym, 6> make_symbols(const std::string& prefix, uint64_t blob_bytes,
                                      StringTable& names) {
  return {Elf64_Sym{},
          symbol(0, STB_LOCAL, STT_SECTION, kBlob, 0, 0),
          symbol(0, STB_LOCAL, STT_SECTION, kSize, 0, 0),
          symbol(names.add(prefix + "_start"), STB_GLOBAL, STT_OBJECT, kBlob, 0, blob_bytes),
          symbol(names.add(prefix + "_end"), STB_GLOBAL, STT_NOTYPE, kBlob, blob_bytes, 0),
          symbol(names.add(prefix + "_size"), STB_GLOBAL, STT_OBJECT, kSize, 0, sizeof(uint64_t))};
}

}  // namespace

const std::vector<ObjectTarget>& object_targets() {
  static const std::vector<ObjectTarget> targets = {
      {"x86_64", EM_X86_64, 0},
      {"aarch64", EM_AARCH64, 0},
      {"riscv64", EM_RISCV, EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_DOUBLE},
      {"riscv64-linux", EM_RISCV, EF_RISCV_RVC},
  };
  return targets;
}

const ObjectTarget* find_object_target(std::string_view name) {
  for (const ObjectTarget& target : object_targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

void write_object(std::span<const std::byte> blob, const ObjectTarget& target,
                  const ObjectNames& names, OutputFile& output) {
  // libelf only reads section contents, though its interface takes no pointer to const.
  void* const blob_bytes = const_cast<std::byte*>(blob.data());
  uint64_t size = blob.size();
  StringTable symbol_names;
  std::array symbols = make_symbols(names.prefix, blob.size(), symbol_names);

  ObjectBuilder object(target, output);
  object.add_section(names.section, SHT_PROGBITS, SHF_ALLOC, ELF_T_BYTE, kBlobAlignBytes,
                     blob_bytes, blob.size());
  object.add_section(names.section + ".size", SHT_PROGBITS, SHF_ALLOC, ELF_T_XWORD, sizeof size,
                     &size, sizeof size);
  object.add_section(".note.GNU-stack", SHT_PROGBITS, 0, ELF_T_BYTE, 1, nullptr, 0);
  Elf64_Shdr& table = object.add_section(".symtab", SHT_SYMTAB, 0, ELF_T_SYM, alignof(Elf64_Sym),
                                         symbols.data(), sizeof symbols);
  table.sh_link = kSymbolNames;
  table.sh_info = kFirstGlobalSymbol;
  table.sh_entsize = sizeof(Elf64_Sym);
  object.add_section(".strtab", SHT_STRTAB, 0, ELF_T_BYTE, 1, symbol_names.bytes().data(),
                     symbol_names.bytes().size());
  object.finish();
}

}  // namespace nibble::offline
