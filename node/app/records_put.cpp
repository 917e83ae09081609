// records put: NDJSON in, one record a line; each line is answered once it is durable.
#include <algorithm>
#include <deque>
#include <map>

#include "crypto/cbor.h"
#include "node/app/commands.h"
#include "node/app/input.h"
#include "node/app/writer.h"
#include "node/outcomes.h"

namespace linli::app {
namespace {

constexpr std::size_t kChunkLines = 500;
constexpr std::size_t kChunkBytes = 4u << 20;
/// Held in memory at once where lines stand or fall together.
constexpr std::size_t kTogetherLinesMax = 100'000, kTogetherBytesMax = 64u << 20;
/// What the running node takes in one request.
constexpr std::size_t kRequestBytesMax = 8u << 20;

struct Tally {
  std::map<std::string, std::size_t> done;
  std::size_t refused = 0, settled = 0;
  [[nodiscard]] std::size_t accepted() const {
    std::size_t n = 0;
    for (const auto& [name, count] : done) n += count;
    return n;
  }
};

class Put {
 public:
  Put(const PutOptions& options, const model::RecordType& type, Writer& writer, bool remote)
      : options_(options), type_(type), writer_(writer), remote_(remote), progress_("行 line") {}

  /// The exit code.
  int run(LineReader& reader);

 private:
  [[nodiscard]] bool together() const { return options_.all_or_nothing || options_.dry_run; }
  Result<void> send(bool all_or_nothing, bool dry_run);
  Result<void> send_together();
  void answer(const Line& line, const LineOutcome& outcome);
  /// Names the unreadable lines before this one, so that all are answered in the input's order.
  void refuse_broken(std::size_t before);
  void refuse_line(std::size_t number, const std::vector<Json>& faults);
  int summary() const;

  const PutOptions& options_;
  const model::RecordType& type_;
  Writer& writer_;
  const bool remote_;
  std::vector<Line> chunk_;
  std::size_t chunk_bytes_ = 0;
  std::deque<std::pair<std::size_t, Json>> broken_;  ///< Number and fault of unreadable lines.
  bool tried_ = false;                               ///< The lines being answered were only tried.
  Tally tally_;
  ProgressLine progress_;
};

int Put::run(LineReader& reader) {
  for (;;) {
    auto line = reader.next();
    if (!line) return refuse(line.error());
    if (!*line) break;
    const auto number = (*line)->number;
    if ((*line)->fault) {
      broken_.emplace_back(number, std::move(*(*line)->fault));
      if (chunk_.empty() && broken_.size() >= kChunkLines && !together()) refuse_broken(number + 1);
      continue;
    }
    chunk_bytes_ += (*line)->text.size() + 1;
    chunk_.push_back({number, std::move((*line)->text), std::move((*line)->json)});
    if (together()) {
      if (chunk_.size() <= kTogetherLinesMax && chunk_bytes_ <= kTogetherBytesMax) continue;
      return refuse(Errc::too_large,
                    "--all-or-nothing and --dry-run take at most 100000 lines and 64 MiB: split "
                    "the file; nothing went in");
    }
    if (chunk_.size() < kChunkLines && chunk_bytes_ < kChunkBytes) continue;
    if (auto sent = send(false, false); !sent) {
      const auto code = refuse(sent.error());
      note("lines from " + std::to_string(chunk_.front().number) + " on: not confirmed; " +
           std::to_string(tally_.accepted()) +
           " before them are in. Put the file again: what is "
           "in with a key stays as it is");
      return code;
    }
    progress_.show(static_cast<std::int64_t>(number), 0);
  }
  const auto first = chunk_.empty() ? 0 : chunk_.front().number;
  auto sent = together() ? send_together() : send(false, false);
  refuse_broken(reader.number() + 1);
  if (!sent) {
    const auto code = refuse(sent.error());
    note("lines from " + std::to_string(first) + " on: not confirmed; " +
         std::to_string(tally_.accepted()) + " before them are in");
    return code;
  }
  return summary();
}

Result<void> Put::send(bool all_or_nothing, bool dry_run) {
  if (chunk_.empty()) return {};
  node::PutOptions options;
  options.all_or_nothing = all_or_nothing;
  options.dry_run = dry_run;
  options.update = options_.update;
  options.origin = "linli records put";
  auto outcomes = writer_.put(type_, chunk_, options);
  if (!outcomes) return fail(outcomes.error());
  tried_ = dry_run;
  for (std::size_t i = 0; i < chunk_.size(); ++i) {
    refuse_broken(chunk_[i].number);
    answer(chunk_[i], (*outcomes)[i]);
  }
  flush();
  chunk_.clear();
  chunk_bytes_ = 0;
  return {};
}

Result<void> Put::send_together() {
  if (remote_ && chunk_bytes_ > kRequestBytesMax) {
    return fail(Errc::too_large,
                "a running node takes at most 8 MiB at once: stop it first, or split the file");
  }
  // A line that didn't even parse dooms the rest: they are only tried, to name all faults at once.
  const bool doomed = !broken_.empty();
  return send(options_.all_or_nothing && !doomed, options_.dry_run || doomed);
}

void Put::answer(const Line& line, const LineOutcome& outcome) {
  if (!outcome.faults.empty()) return refuse_line(line.number, outcome.faults);
  // One of the others was bad, so this one didn't go in either; it is no fault of its own.
  if (outcome.done == "refused") return;
  ++tally_.done[outcome.done];
  tally_.settled += outcome.settled;
  if (options_.json && tried_ == options_.dry_run) {
    Json json{{"line", line.number},
              {"id", outcome.id},
              {"scope", outcome.scope},
              {"done", outcome.done}};
    if (outcome.settled > 0) json["settled"] = outcome.settled;
    if (tried_) json["dry_run"] = true;
    print_json(json);
  } else if (!options_.json && !tried_) {
    print(outcome.id);
  }
}

void Put::refuse_broken(std::size_t before) {
  for (; !broken_.empty() && broken_.front().first < before; broken_.pop_front()) {
    refuse_line(broken_.front().first, {broken_.front().second});
  }
}

void Put::refuse_line(std::size_t number, const std::vector<Json>& faults) {
  ++tally_.refused;
  for (const auto& fault : faults) {
    const auto field = fault.value("field", "");
    const auto text = chinese() ? fault.value("zh", "") + " / " + fault.value("en", "")
                                : fault.value("en", "") + " / " + fault.value("zh", "");
    note("line " + std::to_string(number) + ": " + (field.empty() ? "" : harmless(field) + ": ") +
         fault.value("code", "") + ": " + harmless(text));
  }
  if (options_.json) print_json({{"line", number}, {"faults", faults}});
}

int Put::summary() const {
  auto accepted = tally_.accepted();
  const bool nothing = options_.all_or_nothing && tally_.refused > 0;
  if (nothing) {
    note("nothing went in: " + std::to_string(tally_.refused) +
         " refused (--all-or-nothing); correct them and put the file again");
    return info(Errc::bad_input).exit_code;
  }
  std::string line = std::to_string(accepted) + (options_.dry_run ? " would be" : "") + " accepted";
  if (tally_.refused > 0) line += ", " + std::to_string(tally_.refused) + " refused";
  std::string parts;
  for (const auto& [name, count] : tally_.done) {
    parts += (parts.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  if (!parts.empty()) line += " (" + parts + ")";
  if (tally_.settled > 0) line += "；" + node::settled_text(tally_.settled, options_.dry_run);
  note(line);
  return tally_.refused > 0 ? info(Errc::bad_input).exit_code : 0;
}

}  // namespace

int put_records(const PutOptions& options) {
  const auto type = type_named(options.type);
  if (!type) return refuse(type.error());
  auto reader = LineReader::open(options.file);
  if (!reader) return refuse(reader.error());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto writer = writer_through(*door);
  return Put(options, **type, *writer, door->node != nullptr).run(**reader);
}

}  // namespace linli::app
