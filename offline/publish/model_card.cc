// The sections of a card, one function each.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/model_card.h"

#include "offline/publish/advice.h"
#include "offline/publish/anomalies.h"
#include "offline/publish/figures.h"
#include "offline/publish/report_document.h"
#include "offline/publish/usage_examples.h"

namespace nibble::offline {
namespace {

constexpr const char* kNoBlob = "not told without the blob";

class ModelCard {
 public:
  explicit ModelCard(const Publication& publication)
      : publication_(publication),
        group_(publication.group),
        figures_(main_figures(group_, publication.variant)),
        cell_(*figures_.cell) {}

  Document write() const {
    Document card;
    for (const Document& section : {description(), performance(), samples(), usage(),
                                    configuration(), uses(), limits(), provenance()}) {
      card.insert(card.end(), section.begin(), section.end());
    }
    return card;
  }

 private:
  Document description() const {
    return {Heading{1, cell_.model + ", " + cell_.variant},
            Paragraph{{plain(cell_.model + " as the variant "), strong(cell_.variant),
                       plain(" at " + decimal(cell_.blob.bits_per_weight, 3) +
                             " bits per weight: one file for the runtime of Nibble, which runs it "
                             "in a kernel, on bare metal or in a process, with the same bits "
                             "everywhere.")}}};
  }

  Document performance() const {
    Document section = {
        Heading{2, "Performance"},
        Paragraph{{plain("On " + host_text(cell_.host) + ". Requests have " +
                         std::to_string(cell_.prompt_tokens) + " tokens of prompt and " +
                         std::to_string(cell_.new_tokens) + " new ones.")}},
        summary()};
    if (has_other_cells()) {
      section.push_back(Heading{3, "All measurements"});
      section.push_back(speed_table(own_cells()));
    }
    for (Picture& plot : plots_of(group_, "")) section.push_back(std::move(plot));
    return section;
  }

  Table summary() const {
    const MemoryParts& bill = cell_.bill;
    return {{{"figure"}, {"value", Align::Right}},
            {{"File", grouped(cell_.blob.bytes) + " bytes"},
             {"Bits per weight", decimal(cell_.blob.bits_per_weight, 3)},
             {"Memory", grouped(bill.total_bytes) + " bytes"},
             {"of it weights", grouped(bill.weights_bytes) + " bytes"},
             {"of it cache", grouped(bill.cache_bytes) + " bytes"},
             {"of it activations", grouped(bill.activations_bytes) + " bytes"},
             {"Memory, less than f16", number_text(figures_.memory_reduction_percent, 1, " %")},
             {"Decode", decimal(cell_.decode_tokens_per_second, 0) + " tokens/s"},
             {"Decode, against f16", number_text(figures_.decode_speedup, 2, " ×")},
             {"Prefill", decimal(cell_.prefill_tokens_per_second, 0) + " tokens/s"},
             {"Time to first token, median", decimal(cell_.time_to_first_token_ms.p50, 2) + " ms"},
             {"Request, 95th percentile", decimal(cell_.latency_ms.p95, 2) + " ms"},
             {"Load", decimal(cell_.load_time_ms, 1) + " ms"},
             {"Perplexity", perplexity_text(cell_)},
             {"Mean KL divergence", divergence_text(cell_)},
             {"Obedience", obedience_text(cell_)}}};
  }

  /// The variant's own cells beside the reference's, which the ratios need.
  CellGroup own_cells() const {
    CellGroup own{group_.title, {}};
    for (const ResultCell& cell : group_.cells) {
      const bool is_own = cell.variant == cell_.variant;
      if (is_own || cell.variant == kReferenceVariant) own.cells.push_back(cell);
    }
    return own;
  }
  bool has_other_cells() const { return own_cells().cells.size() > 1; }

  Document samples() const {
    Document section = {Heading{2, "Samples"}};
    for (const SampleOutput& sample : cell_.sample_outputs) {
      section.push_back(Paragraph{{code(sample.prompt), plain(" is continued as")}});
      section.push_back(CodeBlock{"text", sample.text});
    }
    if (cell_.sample_outputs.empty()) section.push_back(Paragraph{{plain(kNotMeasured)}});
    return section;
  }

  Document usage() const {
    const std::string file = cell_.blob.name;
    return {Heading{2, "Usage"},
            Heading{3, "Shell"},
            CodeBlock{"sh", "nibble verify " + shell_word(file) + "\nnibble run " +
                                shell_word(file) + " 'Once upon a time'\n"},
            Heading{3, "C++"},
            CodeBlock{"cpp", kHelloCc},
            Heading{3, "C"},
            CodeBlock{"c", kHelloC}};
  }

  Document configuration() const {
    return {Heading{2, "Configuration"},
            Table{{{"setting"}, {"value", Align::Right}},
                  {{"Architecture", fact("/provenance/architecture")},
                   {"Layers", fact("/shape/layers")},
                   {"Width", fact("/shape/width")},
                   {"Heads", fact("/shape/heads")},
                   {"Key/value heads", fact("/shape/kv_heads")},
                   {"Vocabulary", fact("/shape/vocabulary")},
                   {"Context, at most", fact("/shape/context_tokens")},
                   {"Context, by default", fact("/shape/default_context_tokens")},
                   {"Cache type", fact("/shape/cache")},
                   {"Quantization", fact("/provenance/quantization")}}}};
  }

  std::string fact(const char* pointer) const {
    if (!publication_.blob) return kNoBlob;
    const auto& value = publication_.blob->facts.at(nlohmann::ordered_json::json_pointer(pointer));
    if (!value.is_string()) return value.dump();
    return value.get<std::string>().empty() ? "not given" : value.get<std::string>();
  }

  Document uses() const {
    ItemList list;
    for (const Advice& advice : advise(group_)) {
      if (advice.variant != cell_.variant) continue;
      list.items.push_back({strong(advice.use), plain(": of the variants that were measured, this "
                                                      "one is the best: " +
                                                      advice.reason + ".")});
    }
    if (list.items.empty()) {
      list.items.push_back(
          {plain("For each use that was looked at, another variant measured "
                 "better.")});
    }
    return {Heading{2, "Use cases"}, list};
  }

  Document limits() const {
    ItemList list{{{plain("A small language model makes things up. Nothing that it says should be "
                          "relied on without a check.")},
                   {plain("The figures are those of one host; other ones differ. Perplexity and "
                          "divergence are of one text.")}}};
    for (const std::string& anomaly : find_anomalies(own_cells())) {
      if (!is_of_reference(anomaly)) list.items.push_back({plain(anomaly + ".")});
    }
    return {Heading{2, "Limits"}, list};
  }

  /// Those of f16 stand on its own card.
  bool is_of_reference(const std::string& anomaly) const {
    const std::string name = kReferenceVariant;
    return cell_.variant != name &&
           (anomaly.starts_with(name + ":") || anomaly.starts_with(name + ","));
  }

  Document provenance() const {
    return {Heading{2, "Provenance"},
            Table{{{"what"}, {"value"}},
                  {{"Blob", cell_.blob.name},
                   {kIdentityTitle, cell_.blob.identity},
                   {kBlobSumTitle, publication_.blob ? publication_.blob->sha256 : kNoBlob},
                   {"Source", fact("/provenance/source")},
                   {"Source SHA-256", fact("/provenance/source_sha256")},
                   {"Packed by", fact("/provenance/tool")},
                   {"Measured by", cell_.tool_version},
                   {"Measured", cell_.timestamp}}}};
  }

  static std::string shell_word(const std::string& word) {
    std::string quoted = "'";
    for (const char byte : word) quoted += byte == '\'' ? "'\\''" : std::string(1, byte);
    return quoted + "'";
  }

  const Publication& publication_;
  const CellGroup& group_;
  CellFigures figures_;
  const ResultCell& cell_;
};

}  // namespace

Document model_card(const Publication& publication) {
  return ModelCard(publication).write();
}

std::string card_text(const Publication& publication) {
  return front_matter_text(publication.matter) + "\n" + markdown_of(model_card(publication));
}

Document index_page(const CellGroup& group, const std::vector<std::string>& cards) {
  ItemList list;
  const std::vector<std::string> variants = variants_of(group);
  for (size_t i = 0; i < variants.size(); ++i) {
    const ResultCell& cell = main_cell(group, variants[i]);
    list.items.push_back({link(variants[i], cards[i]),
                          plain(": " + grouped(cell.blob.bytes) + " bytes, memory " +
                                megabytes(cell.bill.total_bytes) + ", " +
                                decimal(cell.decode_tokens_per_second, 0) + " tokens/s")});
  }
  Document page = {Heading{1, "Variants of " + group.cells.front().model}, list,
                   Heading{2, "Speed and quality"}, speed_table(group)};
  for (Picture& plot : plots_of(group, "")) page.push_back(std::move(plot));
  page.push_back(Heading{2, "Size and memory"});
  page.push_back(memory_table(group));
  return page;
}

}  // namespace nibble::offline
