// Tests of the program verifier: a whole program passes, and each single fault in it is found.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/program/verifier.h"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>

#include "runtime/format/ops.h"
#include "tests/support/tiny_llama.h"

namespace nibble::test {
namespace {

using namespace format;
using L = TinyLlama;

/// tiny_llama()'s tables, free to be changed.
struct Tables {
  Manifest manifest;
  std::vector<TensorRecord> tensors;
  std::vector<BufferRecord> buffers;
  std::vector<OpRecord> ops;
  uint32_t features = generation_feature(1);

  Tables() {
    const TinyModel model = tiny_llama();
    manifest = model.contents.manifest;
    tensors = model.contents.tensors;
    buffers = model.contents.buffers;
    ops = model.contents.ops;
  }
  OpRecord& op(uint32_t layer, L::LayerOp which) { return ops[L::op(layer, which)]; }

  Failure verify() const {
    return program::verify_program(manifest, features,
                                   {.tensors = {tensors.data(), tensors.size()},
                                    .buffers = {buffers.data(), buffers.size()},
                                    .ops = {ops.data(), ops.size()}})
        .failure();
  }
};

TEST(Verifier, AcceptsALlama) {
  EXPECT_EQ(Tables().verify().error, Error::None);
  EXPECT_EQ(Tables().ops.size(), size_t{L::kOps});
}

TEST(Verifier, RefusesAnEmptyProgram) {
  Tables tables;
  tables.ops.clear();
  EXPECT_EQ(tables.verify().error, Error::BadOp);
}

struct Fault {
  const char* name;
  std::function<void(Tables&)> cause;
  Error error;
  size_t op;  ///< where it is found
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

class VerifierFault : public testing::TestWithParam<Fault> {};

TEST_P(VerifierFault, IsFoundAtItsOp) {
  Tables tables;
  GetParam().cause(tables);
  const Failure failure = tables.verify();
  EXPECT_EQ(error_name(failure.error), std::string(error_name(GetParam().error)));
  EXPECT_EQ(failure.where, GetParam().op);
}

Fault bad(const char* name, size_t op, std::function<void(Tables&)> cause) {
  return {name, std::move(cause), Error::BadOp, op};
}
Fault unwritten(const char* name, size_t op, std::function<void(Tables&)> cause) {
  return {name, std::move(cause), Error::OpReadsUnwritten, op};
}

const Fault kOperandFaults[] = {
    bad("UnknownCode", 0, [](Tables& t) { t.ops[0].code = OpCode::Count; }),
    bad("CodeFarAway", 0, [](Tables& t) { t.ops[0].code = static_cast<OpCode>(0xFFFF); }),
    bad("GenerationThatWasNotAnnounced", 0, [](Tables& t) { t.features = 0; }),
    bad("AnotherGenerationAnnounced", 0, [](Tables& t) { t.features = generation_feature(2); }),
    bad("UnknownFlag", L::op(0, L::kQueryOp), [](Tables& t) { t.op(0, L::kQueryOp).flags = 2; }),
    bad("FlagOfAnotherOp", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).flags = kOpAccumulate; }),
    bad("ThirdArgument", 0, [](Tables& t) { t.ops[0].argument[2] = 1; }),
    bad("FourthArgument", L::kHeadOp, [](Tables& t) { t.ops[L::kHeadOp].argument[3] = 1; }),
    bad("UnusedInput", 0, [](Tables& t) { t.ops[0].input[0] = L::kHidden; }),
    bad("UnusedSecondInput", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).input[1] = L::kHidden; }),
    bad("UnusedTensor", L::op(0, L::kAppendKvOp),
        [](Tables& t) { t.op(0, L::kAppendKvOp).tensor[0] = L::kEmbedding; }),
    bad("UnusedOutput", L::op(0, L::kAppendKvOp),
        [](Tables& t) { t.op(0, L::kAppendKvOp).output = L::kKey; }),
    bad("UnusedArgument", 0, [](Tables& t) { t.ops[0].argument[0] = 1; }),
    bad("UnusedSecondArgument", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).argument[1] = 1; }),
    bad("NoOutput", 0, [](Tables& t) { t.ops[0].output = kNone; }),
    bad("NoInput", L::op(0, L::kNormOp), [](Tables& t) { t.op(0, L::kNormOp).input[0] = kNone; }),
    bad("NoTensor", L::op(0, L::kNormOp), [](Tables& t) { t.op(0, L::kNormOp).tensor[0] = kNone; }),
    bad("NoWeightsButBias", L::op(0, L::kQueryOp),
        [](Tables& t) { t.op(0, L::kQueryOp).tensor[0] = kNone; }),
    bad("OutputOutsideTheTable", 0, [](Tables& t) { t.ops[0].output = L::kBuffers; }),
    bad("InputOutsideTheTable", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).input[0] = L::kBuffers; }),
    bad("TensorOutsideTheTable", L::kHeadOp,
        [](Tables& t) { t.ops[L::kHeadOp].tensor[0] = static_cast<uint16_t>(t.tensors.size()); }),
    bad("LayerOutsideTheModel", L::op(1, L::kNormOp),
        [](Tables& t) { t.op(1, L::kNormOp).layer = 2; }),
    bad("AppendWithoutLayer", L::op(0, L::kAppendKvOp),
        [](Tables& t) { t.op(0, L::kAppendKvOp).layer = kNoLayer; }),
    bad("AttendOutsideTheLayers", L::op(0, L::kAttendOp),
        [](Tables& t) { t.op(0, L::kAttendOp).layer = 2; }),
};

const Fault kShapeFaults[] = {
    bad("EmbedFromVector", 0, [](Tables& t) { t.ops[0].tensor[0] = L::tensor(0, L::kBq); }),
    bad("EmbedWithFewerRowsThanTokens", 0,
        [](Tables& t) { t.tensors[L::kEmbedding].rows = t.manifest.vocabulary - 1; }),
    bad("EmbedIntoAnotherWidth", 0, [](Tables& t) { t.ops[0].output = L::kKey; }),
    bad("EmbedIntoCodes", 0, [](Tables& t) { t.ops[0].output = L::kNormed; }),
    bad("EmbedIntoLogitRows", 0, [](Tables& t) { t.ops[0].output = L::kLast; }),
    bad("GainOfAnotherWidth", L::op(0, L::kNormOp),
        [](Tables& t) { t.tensors[L::tensor(0, L::kAttentionNorm)].columns = 32; }),
    bad("GainThatIsAMatrix", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).tensor[0] = L::tensor(0, L::kWq); }),
    bad("NormIntoAnotherWidth", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).output = L::kInner; }),
    bad("NormAcrossRowKinds", L::kFinalNormOp,
        [](Tables& t) { t.ops[L::kFinalNormOp].output = L::kNormed; }),
    bad("NormOfCodes", L::op(0, L::kFfnNormOp),
        [](Tables& t) { t.op(0, L::kFfnNormOp).input[0] = L::kMixed; }),
    bad("EpsilonZero", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).argument[0] = 0; }),
    bad("EpsilonNegative", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).argument[0] = 0xB727C5AC; }),
    bad("EpsilonInfinite", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).argument[0] = 0x7F800000; }),
    bad("EpsilonNotANumber", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).argument[0] = 0x7FC00000; }),
    bad("EpsilonSubnormal", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).argument[0] = 1; }),
    bad("EpsilonAboveOne", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).argument[0] = 0x3F800001; }),
    bad("QuantizeIntoFloats", L::op(0, L::kMixOp),
        [](Tables& t) { t.op(0, L::kMixOp).output = L::kQuery; }),
    bad("QuantizeIntoAnotherWidth", L::op(0, L::kMixOp),
        [](Tables& t) { t.op(0, L::kMixOp).output = L::kInner; }),
    bad("MatMulWithAVector", L::op(0, L::kKeyOp),
        [](Tables& t) { t.op(0, L::kKeyOp).tensor[0] = L::tensor(0, L::kBq); }),
    bad("MatMulOfAnotherWidth", L::op(0, L::kDownOp),
        [](Tables& t) { t.op(0, L::kDownOp).input[0] = L::kNormed; }),
    bad("MatMulIntoAnotherWidth", L::op(0, L::kKeyOp),
        [](Tables& t) { t.op(0, L::kKeyOp).output = L::kQuery; }),
    bad("MatMulIntoCodes", L::op(0, L::kQueryOp),
        [](Tables& t) { t.op(0, L::kQueryOp).output = L::kMixed; }),
    bad("MatMulAcrossRowKinds", L::kHeadOp,
        [](Tables& t) { t.ops[L::kHeadOp].input[0] = L::kNormed; }),
    bad("IntegerWeightsOnFloats", L::op(0, L::kQueryOp),
        [](Tables& t) { t.op(0, L::kQueryOp).input[0] = L::kHidden; }),
    bad("HalfWeightsOnCodes", L::op(0, L::kQueryOp),
        [](Tables& t) { t.tensors[L::tensor(0, L::kWq)].type = TensorType::F16; }),
    bad("WeightsOfAnotherGroup", L::op(0, L::kQueryOp),
        [](Tables& t) { t.tensors[L::tensor(0, L::kWq)].group = 64; }),
    bad("BiasOfAnotherWidth", L::op(0, L::kQueryOp),
        [](Tables& t) { t.tensors[L::tensor(0, L::kBq)].columns = 32; }),
    bad("BiasThatIsAMatrix", L::op(0, L::kQueryOp),
        [](Tables& t) { t.op(0, L::kQueryOp).tensor[1] = L::tensor(0, L::kWo); }),
    bad("RotaryTableFromFloats", L::kRotaryTableOp,
        [](Tables& t) { t.ops[L::kRotaryTableOp].tensor[0] = L::tensor(0, L::kBq); }),
    bad("RotaryTableOfAnotherWidth", L::kRotaryTableOp,
        [](Tables& t) { t.tensors[L::kIncrements].columns = 4; }),
    bad("RotaryTableWiderThanAHead", L::op(0, L::kRotateQueryOp),
        [](Tables& t) {
          t.tensors[L::kIncrements].columns = 16;
          t.buffers[L::kRotaryTable].width = 32;
        }),
    bad("RotateNoHead", L::op(0, L::kRotateKeyOp),
        [](Tables& t) { t.op(0, L::kRotateKeyOp).argument[0] = 0; }),
    bad("RotateTooManyHeads", L::op(0, L::kRotateKeyOp),
        [](Tables& t) { t.op(0, L::kRotateKeyOp).argument[0] = 4; }),
    bad("RotateHeadsThatWrapAround", L::op(0, L::kRotateKeyOp),
        [](Tables& t) { t.op(0, L::kRotateKeyOp).argument[0] = 0x10000002; }),
    bad("RotateAnotherHeadDimension", L::op(0, L::kRotateKeyOp),
        [](Tables& t) { t.op(0, L::kRotateKeyOp).argument[1] = 8; }),
    bad("RotateByAWideTable", L::op(0, L::kRotateQueryOp),
        [](Tables& t) { t.op(0, L::kRotateQueryOp).input[0] = L::kHidden; }),
    bad("AppendKeysOfAnotherWidth", L::op(0, L::kAppendKvOp),
        [](Tables& t) { t.op(0, L::kAppendKvOp).input[0] = L::kQuery; }),
    bad("AppendValuesOfAnotherWidth", L::op(0, L::kAppendKvOp),
        [](Tables& t) { t.op(0, L::kAppendKvOp).input[1] = L::kQuery; }),
    bad("AttendWithKeys", L::op(0, L::kAttendOp),
        [](Tables& t) { t.op(0, L::kAttendOp).input[0] = L::kKey; }),
    bad("AttendIntoAnotherWidth", L::op(0, L::kAttendOp),
        [](Tables& t) { t.buffers[L::kAttended].width = 32; }),
    bad("AttendScaleZero", L::op(0, L::kAttendOp),
        [](Tables& t) { t.op(0, L::kAttendOp).argument[0] = 0; }),
    bad("GateUnknownActivation", L::op(0, L::kGatedActivationOp),
        [](Tables& t) { t.op(0, L::kGatedActivationOp).argument[0] = 1; }),
    bad("GateUnequalWidths", L::op(0, L::kGatedActivationOp),
        [](Tables& t) { t.op(0, L::kGatedActivationOp).input[1] = L::kHidden; }),
    bad("GatherIntoTokenRows", L::kGatherRowsOp,
        [](Tables& t) { t.ops[L::kGatherRowsOp].output = L::kQuery; }),
    bad("GatherFromLogitRows", L::kFinalNormOp,
        [](Tables& t) {
          t.ops[L::kFinalNormOp] = t.ops[L::kGatherRowsOp];
          t.ops[L::kFinalNormOp].input[0] = L::kLast;
        }),
    bad("GatherIntoCodes", L::kGatherRowsOp,
        [](Tables& t) { t.ops[L::kGatherRowsOp].output = L::kLastNormed; }),
    bad("LogitsOfAnotherWidth", L::kHeadOp, [](Tables& t) { t.ops.back().output = L::kLast; }),
    bad("LastOpLeavesNoLogits", L::kFinalNormOp, [](Tables& t) { t.ops.pop_back(); }),
};

/// Faults in what generation 2 added, where a blob announces it.
Fault second(const char* name, size_t op, std::function<void(Tables&)> cause) {
  return bad(name, op, [cause](Tables& t) {
    t.features |= generation_feature(2);
    cause(t);
  });
}
constexpr uint32_t kHalfBits = 0x3F000000;

const Fault kSecondGenerationFaults[] = {
    bad("ExtensionThatWasNotAnnounced", L::op(0, L::kAppendKvOp),
        [](Tables& t) { t.op(0, L::kAppendKvOp).argument[2] = 5; }),
    bad("LayerNormThatWasNotAnnounced", L::op(0, L::kNormOp),
        [](Tables& t) { t.op(0, L::kNormOp).code = OpCode::LayerNorm; }),
    second("EmbedByPositionWithTooFewRows", 0,
           [](Tables& t) {
             t.ops[0].flags = kOpByPosition;
             t.manifest.context_tokens = t.tensors[L::kEmbedding].rows + 1;
           }),
    second("EmbedScaleNegative", 0, [](Tables& t) { t.ops[0].argument[0] = 0xBF000000; }),
    second("SegmentThatDoesNotDivide", L::op(0, L::kFfnNormOp),
           [](Tables& t) { t.op(0, L::kFfnNormOp).argument[1] = 24; }),
    second("SegmentOfPartOfAVector", L::op(0, L::kFfnNormOp),
           [](Tables& t) { t.op(0, L::kFfnNormOp).argument[1] = 4; }),
    second("SegmentThatIsTheRow", L::op(0, L::kFfnNormOp),
           [](Tables& t) { t.op(0, L::kFfnNormOp).argument[1] = 64; }),
    second("SegmentsIntoCodes", L::op(0, L::kNormOp),
           [](Tables& t) { t.op(0, L::kNormOp).argument[1] = 16; }),
    second("NormBiasOfAnotherWidth", L::op(0, L::kNormOp),
           [](Tables& t) {
             t.op(0, L::kNormOp).code = OpCode::LayerNorm;
             t.tensors.push_back(t.tensors[L::tensor(0, L::kBq)]);
             t.tensors.back().columns = 32;
             t.op(0, L::kNormOp).tensor[1] = static_cast<uint16_t>(t.tensors.size() - 1);
           }),
    second("KeyHeadsOfTheManifest", L::op(0, L::kAppendKvOp),
           [](Tables& t) { t.op(0, L::kAppendKvOp).argument[0] = t.manifest.kv_heads; }),
    second("KeyHeadsThatWrapAround", L::op(0, L::kAppendKvOp),
           [](Tables& t) { t.op(0, L::kAppendKvOp).argument[0] = 0x10000002; }),
    second("HeadDimensionOfTheManifest", L::op(0, L::kAppendKvOp),
           [](Tables& t) { t.op(0, L::kAppendKvOp).argument[1] = t.manifest.head_dimension; }),
    second("HeadDimensionThatIsOdd", L::op(0, L::kAppendKvOp),
           [](Tables& t) { t.op(0, L::kAppendKvOp).argument[1] = 12; }),
    second("WindowAsLongAsTheContext", L::op(0, L::kAppendKvOp),
           [](Tables& t) { t.op(0, L::kAppendKvOp).argument[2] = t.manifest.context_tokens; }),
    second("AttendToAnOddCacheAfterAnothersAppend", L::op(1, L::kAttendOp),
           [](Tables& t) {
             t.op(0, L::kAppendKvOp).argument[0] = 1;
             t.op(0, L::kAppendKvOp).argument[1] = 32;
             t.op(1, L::kAttendOp).layer = 0;
           }),
    second("AttendWithPartOfAHead", L::op(0, L::kAttendOp),
           [](Tables& t) { t.op(0, L::kAttendOp).input[0] = L::kRotaryTable; }),
    second("AttendCapInfinite", L::op(0, L::kAttendOp),
           [](Tables& t) { t.op(0, L::kAttendOp).argument[1] = 0x7F800000; }),
    second("ActivationThatThereIsNot", L::op(0, L::kGatedActivationOp),
           [](Tables& t) { t.op(0, L::kGatedActivationOp).argument[0] = 6; }),
    second("SoftCapWithoutACap", L::op(0, L::kGatedActivationOp),
           [](Tables& t) {
             t.op(0, L::kGatedActivationOp).argument[0] =
                 static_cast<uint32_t>(Activation::SoftCap);
           }),
    second("CapWithoutSoftCap", L::op(0, L::kGatedActivationOp),
           [](Tables& t) { t.op(0, L::kGatedActivationOp).argument[1] = kHalfBits; }),
    second("OutputIsTheSecondInput", L::op(0, L::kGatedActivationOp),
           [](Tables& t) { t.op(0, L::kGatedActivationOp).output = L::kUp; }),
};

const Fault kOrderFaults[] = {
    unwritten("NothingWasEmbedded", L::kEmbedOp + 1, [](Tables& t) { t.ops.erase(t.ops.begin()); }),
    unwritten("AddToNothing", L::op(0, L::kAttentionOutOp),
              [](Tables& t) {
                t.buffers.push_back(t.buffers[L::kHidden]);
                t.buffers.back().row_offset_bytes = 4096;
                t.op(0, L::kAttentionOutOp).output = L::kBuffers;
              }),
    unwritten("RotateNothing", L::op(0, L::kQueryOp),
              [](Tables& t) { t.op(0, L::kQueryOp) = t.op(0, L::kRotateQueryOp); }),
    unwritten("ReadWhatWasOverwritten", L::op(0, L::kDownOp),
              [](Tables& t) {
                // The queries' place was reused by the gate: mixing them again reads rubbish.
                t.op(0, L::kDownOp) = t.op(0, L::kAttentionOutOp);
              }),
    unwritten("AttendBeforeAppend", L::op(0, L::kAppendKvOp),
              [](Tables& t) { std::swap(t.op(0, L::kAppendKvOp), t.op(0, L::kAttendOp)); }),
    unwritten("AttendAnotherLayersCache", L::op(0, L::kAttendOp),
              [](Tables& t) { t.op(0, L::kAttendOp).layer = 1; }),
    unwritten("LogitsOfNothing", L::kHeadOp - 1,
              [](Tables& t) { t.ops.erase(t.ops.begin() + L::kFinalNormOp); }),
    bad("AppendTwice", L::op(1, L::kAppendKvOp),
        [](Tables& t) { t.op(1, L::kAppendKvOp).layer = 0; }),
    bad("OutputOverInput", L::op(0, L::kAttendOp),
        [](Tables& t) { t.buffers[L::kAttended].row_offset_bytes = 576; }),
    bad("OutputIsInput", L::op(0, L::kAttendOp),
        [](Tables& t) { t.op(0, L::kAttendOp).output = L::kQuery; }),
    bad("InPlaceOverItsInput", L::op(0, L::kAttentionOutOp),
        [](Tables& t) {
          t.op(0, L::kAttentionOutOp).code = OpCode::Add;
          t.op(0, L::kAttentionOutOp).flags = 0;
          t.op(0, L::kAttentionOutOp).tensor[0] = kNone;
          t.op(0, L::kAttentionOutOp).input[0] = L::kHidden;
        }),
};

std::string name_of(const testing::TestParamInfo<Fault>& fault) {
  return fault.param.name;
}
INSTANTIATE_TEST_SUITE_P(Operand, VerifierFault, testing::ValuesIn(kOperandFaults), name_of);
INSTANTIATE_TEST_SUITE_P(Shape, VerifierFault, testing::ValuesIn(kShapeFaults), name_of);
INSTANTIATE_TEST_SUITE_P(SecondGeneration, VerifierFault,
                         testing::ValuesIn(kSecondGenerationFaults), name_of);
INSTANTIATE_TEST_SUITE_P(Order, VerifierFault, testing::ValuesIn(kOrderFaults), name_of);

TEST(Verifier, AcceptsWhatTheSecondGenerationAdded) {
  Tables tables;
  tables.features |= generation_feature(2);
  tables.ops[0].argument[0] = kHalfBits;
  tables.op(0, L::kNormOp).code = OpCode::LayerNorm;
  tables.op(0, L::kAppendKvOp).argument[2] = 5;
  tables.op(0, L::kAttendOp).argument[1] = kHalfBits;
  tables.op(1, L::kGatedActivationOp).argument[0] = static_cast<uint32_t>(Activation::GeluErf);
  OpRecord by_position = tables.ops[0];
  by_position.flags = kOpByPosition | kOpAccumulate;
  tables.manifest.context_tokens = tables.tensors[L::kEmbedding].rows;
  tables.ops.insert(tables.ops.begin() + 1, by_position);
  EXPECT_EQ(tables.verify().error, Error::None);
}

TEST(Verifier, LetsAnOpReplaceItsInput) {
  Tables tables;
  tables.features |= generation_feature(2);
  OpRecord norm = tables.op(0, L::kNormOp), cap = tables.op(0, L::kGatedActivationOp);
  norm.output = norm.input[0];
  norm.argument[1] = 16;
  tables.ops.insert(tables.ops.begin() + 1, norm);
  cap.argument[0] = static_cast<uint32_t>(Activation::SoftCap);
  cap.argument[1] = kHalfBits;
  cap.output = cap.input[0] = L::kLogits;
  cap.input[1] = kNone;
  cap.layer = kNoLayer;
  tables.ops.push_back(cap);
  EXPECT_EQ(tables.verify().error, Error::None);
}

TEST(Verifier, LetsALayerHaveHeadsOfItsOwn) {
  Tables tables;
  tables.features |= generation_feature(2);
  tables.op(0, L::kAppendKvOp).argument[0] = 1;
  tables.op(0, L::kAppendKvOp).argument[1] = 32;
  EXPECT_EQ(tables.verify().error, Error::None);
}

TEST(Verifier, LetsAnOpAddWhereBothWereWritten) {
  Tables tables;
  OpRecord add = tables.op(0, L::kAttentionOutOp);
  add.code = OpCode::Add;
  add.flags = 0;
  add.tensor[0] = kNone;
  add.input[0] = L::kAttended;
  tables.ops.insert(tables.ops.begin() + L::op(0, L::kMixOp), add);
  EXPECT_EQ(tables.verify().error, Error::None);
}

TEST(Verifier, LetsBuffersOfDifferentRowsSharePlaces) {
  Tables tables;
  tables.buffers[L::kLast].row_offset_bytes = tables.buffers[L::kHidden].row_offset_bytes;
  EXPECT_EQ(tables.verify().error, Error::None);
}

}  // namespace
}  // namespace nibble::test
