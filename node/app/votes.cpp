// votes count: an owners' assembly counted from the records of this node, step by step.
#include "node/store/votes.h"

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/noted.h"

namespace linli::app {
namespace {

using namespace model::votes;

void print_line(const Line& line) {
  const auto article =
      line.article.empty() ? std::string() : "  [" + std::string(line.article) + "]";
  print("  " + harmless(chinese() ? line.zh : line.en) + article);
}

void print_boxes(const Vote& vote) {
  std::string missing;
  for (const auto& box : vote.boxes) {
    if (!box.complete) missing += (missing.empty() ? "" : "、") + harmless(box.name);
  }
  if (!missing.empty()) print("未报齐的票箱 boxes that haven't reported: " + missing);
}

void print_aside(const Count& count) {
  Table table({"表决票 ballot", "业主代号 head", "不计入的原因 why it doesn't count"});
  bool any = false;
  for (const auto& ballot : count.ballots) {
    const auto standing = ballot.standing;
    if (standing == Standing::counts || standing == Standing::not_returned) continue;
    any = true;
    table.add({ballot.id, ballot.head,
               std::string(zh_of(standing)) + " " + std::string(name_of(standing))});
  }
  if (!any) return;
  print("");
  table.print(48);
}

/// Who voted, and never what.
void print_rooms(const Count& count) {
  using Shown = Count::Room::Shown;
  print("");
  Table table({"专有部分 part", "表决 voted"});
  for (const auto& room : count.rooms) {
    table.add({room.part, room.shown == Shown::voted       ? "已投票 voted"
                          : room.shown == Shown::contested ? "待核实 contested"
                                                           : "未投票 not voted"});
  }
  table.print();
}

void print_count(const Counted& counted, bool rooms) {
  for (std::size_t i = 0; i < counted.questions.size(); ++i) {
    const auto& question = counted.questions[i];
    print((i == 0 ? "" : "\n") + std::string("事项 matter ") + question.matter.no + "：" +
          harmless(question.title));
    for (const auto& line : counted.count.tallies[i].lines) print_line(line);
  }
  print("");
  print_boxes(counted.vote);
  print("计票摘要 digest of the ballots counted: " + counted.count.digest);
  print_aside(counted.count);
  if (rooms) print_rooms(counted.count);
}

}  // namespace

int count_votes(const VotesOptions& options) {
  const auto id = sync::record_id(options.assembly);
  if (!id) {
    return refuse(Errc::bad_usage,
                  "which assembly? its record id: `linli records list assembly` shows it",
                  "assembly");
  }
  if (options.record && (options.counters.size() < 2 || options.supervisor.empty())) {
    return refuse(Errc::bad_usage,
                  "a tally names two --counter and a --supervisor (community or street)",
                  "counter");
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto held = store::held_vote(**store, *id);
  if (!held) return refuse(held.error());
  const auto matter = options.matter > 0 ? std::optional(options.matter) : std::nullopt;
  const auto counted = model::votes::count_votes(*held, matter);
  if (!counted) return refuse(counted.error());
  // Every ballot's choices were read for it.
  if (auto noted =
          note_act(options.data, {.act = "count_votes", .what = "assembly " + sync::to_text(*id)});
      !noted) {
    return refuse(noted.error());
  }
  if (options.record) {
    for (const auto& record :
         tally_records(*held, *counted, options.counters, options.supervisor)) {
      print_json(record);
    }
  } else if (options.json) {
    print_json(model::votes::to_json(*held, *counted));
  } else {
    print_count(*counted, options.rooms);
  }
  return 0;
}

}  // namespace linli::app
