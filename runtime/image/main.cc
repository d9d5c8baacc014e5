// A bare-metal image: tests its model, answers its prompt, accounts for its memory, and exits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/cpu.h>

#include "runtime/image/console.h"
#include "runtime/image/reply.h"
#include "runtime/image/stack.h"
#include "runtime/ports/port.h"

namespace nibble::image {
namespace {

[[noreturn]] void fail(const Failure& failure) {
  print("\nfailed: ");
  print(error_name(failure.error));
  if (*error_where(failure.error) != 0) {
    print(" (");
    print(error_where(failure.error));
    print(" ");
    print_number(failure.where);
    print(")");
  }
  print(": ");
  print(error_text(failure.error));
  print("\n");
  port_exit(false);
}

/// Kept out of line: its frame is where the measured part of the stack begins.
[[gnu::noinline]] Status run(const Request& request) {
  GeneratorBatch* const batch = NIBBLE_TRY(open_generators(request));
  NIBBLE_TRY(run_self_test(batch->generator(0)));
  return print_replies(request, *batch);
}

/// @returns false when the calls went deeper than the bound that is proved for them
bool print_stack(size_t used_bytes, size_t bound_bytes) {
  print("stack ");
  print_number(used_bytes);
  print(" of ");
  print_number(bound_bytes);
  print(" bytes\n");
  return used_bytes <= bound_bytes;
}

}  // namespace
}  // namespace nibble::image

void image_main() {
  using namespace nibble::image;
  print("nibble image\n");
  nibble::report_cpu_features(port_probed_features());
  nibble::use_best_sha256(nibble::cpu_features());
  const nibble::Status status = run(kRequest);
  if (!status.ok()) fail(status.failure());
  const size_t used = stack_used_below_bytes(__builtin_frame_address(0));
  if (!print_stack(used, kRequest.stack_bound_bytes)) {
    print("failed: the stack went below its bound\n");
    port_exit(false);
  }
  print("passed\n");
  port_exit(true);
}
