// Objects that every target's linkers take, with the blob in them byte for byte.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/elf/object_writer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <random>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

using test::run_command;

/// How a target's objects are made into an image here.
struct LinkTarget {
  const char* name;
  const char* lld_emulation;
  std::vector<std::string> gnu_linker;
  const char* machine;  ///< as readelf says it
  const char* flags;
  const char* assembler_target;
  const char* assembler_abi;
};

/// What the test's name shows.
void PrintTo(const LinkTarget& target, std::ostream* out) {
  *out << target.name;
}

const LinkTarget kTargets[] = {
    {"x86_64", "elf_x86_64", {"ld"}, "X86-64", "0x0", "x86_64-linux-gnu", ""},
    {"aarch64", "aarch64elf", {"aarch64-linux-gnu-ld"}, "AArch64", "0x0", "aarch64-linux-gnu", ""},
    {"riscv64",
     "elf64lriscv",
     {"riscv64-linux-gnu-ld"},
     "RISC-V",
     "0x5",
     "riscv64-linux-gnu",
     "-mabi=lp64d"},
    {"riscv64-linux",
     "elf64lriscv",
     {"riscv64-linux-gnu-ld"},
     "RISC-V",
     "0x1",
     "riscv64-linux-gnu",
     "-mabi=lp64"},
};

class Object : public testing::TestWithParam<LinkTarget> {
 protected:
  Object() : object_(folder_ / "model.o"), blob_(70'003, '\0') {
    std::mt19937 random(5);
    for (char& byte : blob_) byte = static_cast<char>(random());
    OutputFile output(object_);
    write_object(std::as_bytes(std::span(blob_)), *find_object_target(GetParam().name), {}, output);
    output.commit();
  }

  std::string readelf(const std::vector<std::string>& options, const std::string& file) const {
    std::vector<std::string> command = {"readelf"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back(file);
    const auto result = run_command(command);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.err, "");
    return result.out;
  }

  /// Code of the target's ABI that uses the symbols as a program would.
  std::string compiled_user() const {
    const std::string source = folder_ / "user.c", object = folder_ / "user.o";
    std::ofstream(source)
        << "extern const unsigned char nibble_model_start[], nibble_model_end[];\n"
           "extern const unsigned long nibble_model_size;\n"
           "int _start(void) {\n"
           "  return nibble_model_end - nibble_model_start != nibble_model_size;\n"
           "}\n";
    std::vector<std::string> command = {"clang-19",
                                        "-c",
                                        source,
                                        "-o",
                                        object,
                                        "-ffreestanding",
                                        std::string("--target=") + GetParam().assembler_target};
    if (*GetParam().assembler_abi != 0) {
      command.insert(command.end(),
                     {"-march=rv64imac", GetParam().assembler_abi, "-mcmodel=medany"});
      if (std::string(GetParam().assembler_abi) == "-mabi=lp64d") command[7] = "-march=rv64gc";
    }
    const auto result = run_command(command);
    EXPECT_EQ(result.status, 0) << result.err;
    return object;
  }

  void link_with(std::vector<std::string> linker) {
    const std::string image = folder_ / "image";
    linker.insert(linker.end(),
                  {"--fatal-warnings", "-static", compiled_user(), object_, "-o", image});
    const auto result = run_command(linker);
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_NE(test::read_file(image).find(blob_), std::string::npos) << "the blob is not in it";
    EXPECT_EQ(readelf({"-lW"}, image).find("RWE"), std::string::npos);
  }

  test::TemporaryFolder folder_;
  std::string object_;
  std::string blob_;
};

TEST_P(Object, SaysItsMachineAndFlags) {
  const std::string header = readelf({"-h"}, object_);
  EXPECT_NE(header.find("REL (Relocatable file)"), std::string::npos);
  EXPECT_NE(header.find(GetParam().machine), std::string::npos) << header;
  EXPECT_NE(header.find(std::string("Flags:                             ") + GetParam().flags),
            std::string::npos)
      << header;
}

TEST_P(Object, HasTheBlobReadOnlyAlignedAndWithoutRelocations) {
  const std::string sections = readelf({"-SW"}, object_);
  const size_t line = sections.find(".rodata.model ");
  ASSERT_NE(line, std::string::npos) << sections;
  const std::string row = sections.substr(line, sections.find('\n', line) - line);
  EXPECT_NE(row.find(" A "), std::string::npos) << row;
  EXPECT_TRUE(row.ends_with(" 64")) << row;
  EXPECT_NE(sections.find(".note.GNU-stack"), std::string::npos);
  EXPECT_EQ(sections.find("RELA"), std::string::npos);
}

TEST_P(Object, DefinesThreeHiddenSymbols) {
  const std::string symbols = readelf({"-sW"}, object_);
  for (const char* symbol : {"70003 OBJECT  GLOBAL HIDDEN     1 nibble_model_start",
                             "0 NOTYPE  GLOBAL HIDDEN     1 nibble_model_end",
                             "8 OBJECT  GLOBAL HIDDEN     2 nibble_model_size"}) {
    EXPECT_NE(symbols.find(symbol), std::string::npos) << symbols;
  }
}

TEST_P(Object, IsLinkedByLld) {
  link_with({"ld.lld-19", "-m", GetParam().lld_emulation});
}

TEST_P(Object, IsLinkedByGnuLd) {
  link_with(GetParam().gnu_linker);
}

INSTANTIATE_TEST_SUITE_P(Targets, Object, testing::ValuesIn(kTargets), [](const auto& instance) {
  std::string name = instance.param.name;
  std::erase_if(name, [](char c) { return c == '-' || c == '_'; });
  return name;
});

TEST(ObjectTargets, HaveNoOther) {
  EXPECT_EQ(find_object_target("vax"), nullptr);
  EXPECT_EQ(object_targets().size(), std::size(kTargets));
}

}  // namespace
}  // namespace nibble::offline
