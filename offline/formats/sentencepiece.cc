// Reads pieces and settings of a SentencePiece model.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/sentencepiece.h"

#include <cmath>
#include <vector>

#include "offline/files/input_error.h"
#include "offline/formats/protobuf_reader.h"
#include "offline/formats/scored_pieces.h"

namespace nibble::offline {
namespace {

using format::PieceType;

// Numbers of sentencepiece_model.proto: the fields of its messages, then values of its
// enumerations.
enum ModelField : uint32_t { kPieces = 1, kTrainer = 2, kNormalizer = 3 };
enum PieceField : uint32_t { kText = 1, kScore = 2, kType = 3 };
enum TrainerField : uint32_t {
  kModelType = 3,
  kWhitespaceAsSuffix = 24,
  kByteFallbackField = 35,
  kBosPiece = 46,
  kEosPiece = 47
};
enum NormalizerField : uint32_t {
  kCharactersMap = 2,
  kAddDummyPrefixField = 3,
  kRemoveExtraWhitespaces = 4,
  kEscapeWhitespaces = 5
};
enum ModelType : uint64_t { kUnigram = 1, kBpe = 2 };

PieceType piece_type(ProtobufReader& reader) {
  const uint64_t number = reader.varint();
  const auto type = piece_type_of_number(number);
  if (!type) reader.fail("has unknown piece type " + std::to_string(number));
  return *type;
}

ScoredPiece read_piece(ProtobufReader reader) {
  ScoredPiece scored;
  std::string_view written;
  while (reader.next()) {
    switch (reader.field()) {
      case kText:
        written = reader.bytes();
        break;
      case kScore:
        scored.score = reader.fixed32_float();
        break;
      case kType:
        scored.piece.type = piece_type(reader);
        break;
      default:
        break;
    }
  }
  const std::string problem = set_written_text(scored, written);
  if (!problem.empty()) reader.fail(problem);
  return scored;
}

struct TrainerSettings {
  uint64_t model_type = kUnigram;  // of a file that does not say
  bool byte_fallback = false;
  std::string_view bos = "<s>", eos = "</s>";
};

TrainerSettings read_trainer(ProtobufReader reader) {
  TrainerSettings settings;
  while (reader.next()) {
    switch (reader.field()) {
      case kModelType:
        settings.model_type = reader.varint();
        break;
      case kWhitespaceAsSuffix:
        if (reader.boolean()) reader.fail("has treat_whitespace_as_suffix, which is not supported");
        break;
      case kByteFallbackField:
        settings.byte_fallback = reader.boolean();
        break;
      case kBosPiece:
        settings.bos = reader.bytes();
        break;
      case kEosPiece:
        settings.eos = reader.bytes();
        break;
      default:
        break;
    }
  }
  return settings;
}

/// @returns whether a space is put before the text
bool read_normalizer(ProtobufReader reader) {
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
  while (reader.next()) {
    switch (reader.field()) {
      case kCharactersMap:
        if (!reader.bytes().empty()) {
          reader.fail(
              "has a normalization map (precompiled_charsmap), which is not supported; "
              "only identity is");
        }
        break;
      case kAddDummyPrefixField:
        add_dummy_prefix = reader.boolean();
        break;
      case kRemoveExtraWhitespaces:
        remove_extra_whitespaces = reader.boolean();
        break;
      case kEscapeWhitespaces:
        escape_whitespaces = reader.boolean();
        break;
      default:
        break;
    }
  }
  if (remove_extra_whitespaces) reader.fail("has remove_extra_whitespaces, which is not supported");
  if (!escape_whitespaces) reader.fail("has no escape_whitespaces, which is required");
  return add_dummy_prefix;
}

/// A unigram model's scores are logarithms of probabilities.
void set_costs(std::vector<ScoredPiece>& pieces, const std::string& where) {
  for (ScoredPiece& scored : pieces) {
    if (scored.piece.type != PieceType::Normal) continue;
    if (scored.score > 0 || scored.score < -200) {
      throw InputError(where, "has a piece with score " + std::to_string(scored.score) +
                                  ", which is no logarithm of a probability");
    }
    scored.piece.rank =
        static_cast<uint32_t>(std::lround(-scored.score * double{format::kCostUnit}));
  }
}

uint32_t control_token(const Vocabulary& vocabulary, std::string_view text) {
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    if (piece.type == PieceType::Control && piece.text == text) return token;
  }
  return format::kNoToken;
}

void set_special_tokens(Vocabulary& vocabulary, const TrainerSettings& trainer,
                        const std::string& where) {
  find_unknown_piece(vocabulary, where);
  vocabulary.bos = control_token(vocabulary, trainer.bos);
  // What Llama's tokenizer does unless tokenizer_config.json says otherwise.
  if (vocabulary.bos != format::kNoToken) vocabulary.flags |= format::kAddBos;
  const uint32_t eos = control_token(vocabulary, trainer.eos);
  if (eos != format::kNoToken) vocabulary.eos = {eos};
}

}  // namespace

Vocabulary parse_sentencepiece(std::string_view model, const std::string& where) {
  std::vector<ScoredPiece> pieces;
  TrainerSettings trainer;
  bool has_normalizer = false, add_dummy_prefix = false;
  ProtobufReader reader(model, where);
  while (reader.next()) {
    switch (reader.field()) {
      case kPieces:
        if (pieces.size() == format::kMaxVocabulary) reader.fail("has too many pieces");
        pieces.push_back(read_piece(reader.message()));
        break;
      case kTrainer:
        trainer = read_trainer(reader.message());
        break;
      case kNormalizer:
        add_dummy_prefix = read_normalizer(reader.message());
        has_normalizer = true;
        break;
      default:
        break;
    }
  }
  if (trainer.model_type != kBpe && trainer.model_type != kUnigram) {
    throw InputError(where, "is a model of type " + std::to_string(trainer.model_type) +
                                "; only BPE (2) and unigram (1) are supported");
  }
  if (!has_normalizer) throw InputError(where, "has no normalizer_spec; the file is incomplete");
  Vocabulary vocabulary;
  if (trainer.model_type == kUnigram) {
    vocabulary.kind = format::TokenizerKind::Unigram;
    set_costs(pieces, where);
    for (ScoredPiece& scored : pieces) vocabulary.pieces.push_back(std::move(scored.piece));
  } else {
    vocabulary.pieces = ranked_by_score(std::move(pieces));
  }
  if (add_dummy_prefix) vocabulary.flags |= format::kAddDummyPrefix;
  if (trainer.byte_fallback) vocabulary.flags |= format::kByteFallback;
  set_special_tokens(vocabulary, trainer, where);
  return vocabulary;
}

}  // namespace nibble::offline
