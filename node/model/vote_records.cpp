#include "node/model/vote_records.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "crypto/hash.h"
#include "node/model/assembly.h"
#include "node/model/values.h"

namespace linli::model::votes {

namespace {

Register register_of(const RecordView& snapshot) {
  Register roll;
  roll.parking_counted = snapshot.flag(snapshot_field::kParking);
  const auto rows = snapshot.rows(snapshot_field::kParts);
  for (const auto& columns : rows) {
    const auto row = row_view(columns);
    roll.parts.push_back(
        {std::string(row.text(snapshot_part::kNo)), std::string(row.text(snapshot_part::kHead)),
         row.integer(snapshot_part::kArea).value_or(0), row.flag(snapshot_part::kParking),
         std::string(row.text(snapshot_part::kBuilding)),
         std::string(row.text(snapshot_part::kStairUnit))});
  }
  return roll;
}

Rules rules_of(const RecordView& rules, const RecordView& assembly) {
  Rules out;
  // The compound's own convention goes before the bureau's default.
  const auto silent = assembly.integer(assembly_field::kSilent);
  if (silent == static_cast<std::int64_t>(SilentRule::follow_majority)) {
    out.silent = SilentRule::follow_majority;
  }
  out.blank_takes_part = rules.flag(vote_rules_field::kBlank);
  if (rules.integer(vote_rules_field::kTie) == static_cast<std::int64_t>(TieRule::lot)) {
    out.tie = TieRule::lot;
  }
  out.seats_min = rules.integer(vote_rules_field::kSeatsMin).value_or(out.seats_min);
  return out;
}

/// The same on every node that may read the choices: fields that stand in signed bytes, and these.
std::string version_of(const RecordView& ballot) {
  std::string text;
  for (const auto& value : ballot.fields) {
    const auto* field = ballot.type->field(value.field);
    if (!field || (field->protection != Protection::plain && !field->sealed)) continue;
    text += std::to_string(value.field) + ":" + std::to_string(value.value.size()) + ":";
    text += value.value;
  }
  return crypto::to_hex(crypto::hash({"linli/ballot/1", text}).view());
}

Ballot ballot_of(const HeldBallot& held) {
  using namespace ballot_field;
  const ViewOf view(held.record);
  Ballot ballot;
  ballot.id = sync::to_text(held.record.id);
  ballot.version = version_of(*view);
  ballot.head = std::string(view->text(kHead));
  for (const auto no : view->texts(kParts)) ballot.parts.emplace_back(no);
  const auto status = view->state(kStatus).value_or(kBallotPrepared);
  ballot.delivered = status == kBallotDelivered;
  if (status >= kBallotReturned) {
    ballot.delivered = true;
    ballot.returned_ms = view->integer(kReturnedAt);
  }
  ballot.attested = view->flag(kSigned) && (!view->has(kProxy) || view->has(kProxyDoc));
  ballot.review = status == kBallotValid       ? Ballot::Review::valid
                  : status == kBallotInvalid   ? Ballot::Review::invalid
                  : status == kBallotContested ? Ballot::Review::contested
                                               : Ballot::Review::none;
  ballot.disputed = held.disputed;
  const auto choices = view->raw(kChoices);
  ballot.readable = choices && !is_commitment(*choices);
  if (!ballot.readable) return ballot;
  for (const auto& [matter, number] : view->marks(kChoices)) {
    const bool known = number >= 1 && number <= static_cast<std::int64_t>(Choice::blank);
    ballot.choices.emplace(std::string(matter),
                           known ? static_cast<Choice>(number) : Choice::blank);
  }
  return ballot;
}

/// Every collector that was named: beforehand, by a box's record, or on a ballot. A box is complete
/// once its collector says so and as many ballots of it are here as were counted into it.
std::vector<Box> boxes_of(const Held& held) {
  std::map<std::string, std::int64_t> here;
  for (const auto& ballot : held.ballots) {
    const ViewOf view(ballot.record);
    const auto status = view->state(ballot_field::kStatus).value_or(kBallotPrepared);
    if (status >= kBallotReturned) ++here[std::string(view->text(ballot_field::kBox))];
  }
  std::map<std::string, bool> complete;
  const ViewOf assembly(held.assembly);
  for (const auto name : assembly->texts(assembly_field::kBoxes)) {
    complete.emplace(name, false);
  }
  for (const auto& [name, count] : here) complete.emplace(name, false);
  for (const auto& record : held.boxes) {
    const ViewOf view(record);
    const std::string name(view->text(box_field::kBox));
    const bool all = view->state(box_field::kStatus) == kBoxComplete &&
                     here[name] >= view->integer(box_field::kPapers).value_or(INT64_MAX);
    complete[name] = all;
  }
  std::vector<Box> boxes;
  for (const auto& [name, all] : complete) boxes.push_back({name, all});
  return boxes;
}

Matter matter_of(const RecordView& record) {
  using namespace matter_field;
  Matter matter;
  matter.no = std::to_string(record.integer(kNo).value_or(0));
  const auto threshold = record.integer(kThreshold).value_or(1);
  if (threshold == 2 || threshold == 3) matter.threshold = static_cast<Threshold>(threshold);
  const auto base = record.integer(kBase).value_or(1);
  if (base >= 2) matter.base.building = std::string(record.text(kBuilding));
  if (base >= 3) matter.base.stair_unit = std::string(record.text(kStairUnit));
  if (record.integer(kKind) != kKindElection) return matter;
  matter.seats = record.integer(kSeats).value_or(0);
  for (const auto head : record.texts(kCandidates)) matter.candidates.emplace_back(head);
  return matter;
}

Json amount_json(const Amount& amount) {
  return {{"area_dm2", amount.area}, {"heads", amount.heads}};
}

Json line_json(const Line& line) {
  Json json{{"code", line.code}, {"zh", line.zh}, {"en", line.en}, {"article", line.article}};
  if (!line.comparison) return json;
  const auto& c = *line.comparison;
  using Is = Comparison::Is;
  json["comparison"] = {{"left_times", c.left_times},
                        {"left", c.left},
                        {"is", c.is == Is::more    ? ">"
                               : c.is == Is::equal ? "="
                                                   : ">="},
                        {"right_times", c.right_times},
                        {"right", c.right},
                        {"unit", c.area ? "dm2" : "heads"},
                        {"holds", c.holds()}};
  return json;
}

Json matter_json(const Question& question, const Tally& tally) {
  Json json{{"no", tally.matter},
            {"id", sync::to_text(question.record.id)},
            {"title", question.title},
            {"threshold", name_of(tally.threshold)}};
  const auto add = [&](const char* name, const Amount& amount) {
    json[name] = amount_json(amount);
  };
  add("total", tally.total);
  add("part", tally.part);
  add("agree", tally.agree);
  add("disagree", tally.disagree);
  add("abstain", tally.abstain);
  add("blank", tally.blank);
  add("invalid", tally.invalid);
  add("contested", tally.contested);
  add("silent", tally.silent);
  json["late_ballots"] = tally.late_ballots;
  json["boxes_missing"] = tally.boxes_missing;
  json["outcome"] = name_of(tally.outcome);
  json["so_far"] = name_of(tally.so_far);
  json["strict"] = tally.strict ? Json(name_of(*tally.strict)) : Json(nullptr);
  json["failed"] = Json::array();
  for (const auto condition : tally.failed) json["failed"].push_back(condition);
  json["election"] = Json::array();
  for (const auto& candidate : tally.election) {
    json["election"].push_back({{"head", candidate.head},
                                {"agree", amount_json(candidate.agree)},
                                {"rank", candidate.rank},
                                {"result", name_of(candidate.result)}});
  }
  json["lines"] = Json::array();
  for (const auto& line : tally.lines) json["lines"].push_back(line_json(line));
  return json;
}

std::string_view name_of(Count::Room::Shown shown) {
  using Shown = Count::Room::Shown;
  return shown == Shown::voted ? "voted" : shown == Shown::contested ? "contested" : "not_voted";
}

}  // namespace

std::vector<Question> questions_of(const Held& held) {
  std::vector<std::pair<std::int64_t, Question>> numbered;
  for (const auto& record : held.matters) {
    const ViewOf view(record);
    numbered.emplace_back(
        view->integer(matter_field::kNo).value_or(0),
        Question{record, std::string(view->text(matter_field::kTitle)), matter_of(*view)});
  }
  std::sort(numbered.begin(), numbered.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.record.id) < std::tie(b.first, b.second.record.id);
  });
  std::vector<Question> questions;
  for (auto& [no, question] : numbered) questions.push_back(std::move(question));
  return questions;
}

Result<Vote> vote_of(const Held& held) {
  if (!held.snapshot) {
    return fail(Errc::dangling_reference,
                "the register's snapshot isn't here: votes are counted at the community's or the "
                "street's node, which may hold it",
                "register_snapshot");
  }
  if (!held.rules) {
    return fail(Errc::dangling_reference,
                "the rules of the vote aren't here: sync first; the bureau publishes them",
                "rules");
  }
  const ViewOf assembly(held.assembly);
  Vote vote;
  vote.register_ = register_of(*ViewOf(*held.snapshot));
  vote.rules = rules_of(*ViewOf(*held.rules), *assembly);
  vote.from_ms = assembly->integer(assembly_field::kVoteFrom).value_or(INT64_MAX);
  vote.to_ms = assembly->integer(assembly_field::kVoteTo).value_or(INT64_MIN);
  vote.boxes = boxes_of(held);
  for (const auto& ballot : held.ballots) vote.ballots.push_back(ballot_of(ballot));
  return vote;
}

Result<Counted> count_votes(const Held& held, const std::optional<std::int64_t>& matter) {
  auto vote = vote_of(held);
  if (!vote) return fail(vote.error());
  Counted counted{questions_of(held), *std::move(vote), {}};
  if (matter) {
    const auto wanted = std::to_string(*matter);
    std::erase_if(counted.questions,
                  [&](const Question& question) { return question.matter.no != wanted; });
    if (counted.questions.empty()) {
      return fail(Errc::not_found, "this assembly has no matter " + wanted, "matter");
    }
  }
  std::vector<Matter> matters;
  for (const auto& question : counted.questions) matters.push_back(question.matter);
  auto count = votes::count(counted.vote, matters);
  if (!count) return fail(count.error());
  counted.count = *std::move(count);
  return counted;
}

Json to_json(const Held& held, const Counted& counted) {
  Json json;
  json["assembly"] = {{"id", sync::to_text(held.assembly.id)}, {"scope", held.assembly.scope}};
  json["digest"] = counted.count.digest;
  json["boxes"] = Json::array();
  for (const auto& box : counted.vote.boxes) {
    json["boxes"].push_back({{"box", box.name}, {"complete", box.complete}});
  }
  json["matters"] = Json::array();
  for (std::size_t i = 0; i < counted.questions.size(); ++i) {
    json["matters"].push_back(matter_json(counted.questions[i], counted.count.tallies[i]));
  }
  json["aside"] = Json::array();
  for (const auto& ballot : counted.count.ballots) {
    if (ballot.standing == Standing::counts || ballot.standing == Standing::not_returned) continue;
    json["aside"].push_back({{"ballot", ballot.id},
                             {"head", ballot.head},
                             {"reason", name_of(ballot.standing)},
                             {"zh", zh_of(ballot.standing)}});
  }
  json["rooms"] = Json::array();
  for (const auto& room : counted.count.rooms) {
    json["rooms"].push_back(
        {{"part", room.part}, {"head", room.head}, {"shown", name_of(room.shown)}});
  }
  return json;
}

namespace {

std::int64_t next_round(const Held& held, const sync::RecordId& matter) {
  std::int64_t last = 0;
  for (const auto& record : held.tallies) {
    const ViewOf view(record);
    const auto of = view->ref(tally_field::kMatter);
    if (of && of->id == matter) {
      last = std::max(last, view->integer(tally_field::kRound).value_or(0));
    }
  }
  return last + 1;
}

}  // namespace

std::vector<Json> tally_records(const Held& held, const Counted& counted,
                                const std::vector<std::string>& counters,
                                const std::string& supervisor) {
  std::vector<Json> records;
  for (std::size_t i = 0; i < counted.questions.size(); ++i) {
    const auto& question = counted.questions[i];
    const auto& tally = counted.count.tallies[i];
    const auto named = [](const Record& record) {
      return Json{{"id", sync::to_text(record.id)}, {"scope", record.scope}};
    };
    Json json{{"scope", held.assembly.scope},
              {"assembly", named(held.assembly)},
              {"matter", named(question.record)},
              {"round", next_round(held, question.record.id)}};
    const auto add = [&](const std::string& name, const Amount& amount) {
      json[name + "_area_dm2"] = amount.area;
      json[name + "_heads"] = amount.heads;
    };
    add("total", tally.total);
    add("part", tally.part);
    add("agree", tally.agree);
    add("disagree", tally.disagree);
    add("abstain", tally.abstain);
    add("invalid", tally.invalid);
    add("contested", tally.contested);
    json["boxes_missing"] = tally.boxes_missing;
    for (const auto& candidate : tally.election) {
      json["results"].push_back({{"head", candidate.head},
                                 {"agree_area_dm2", candidate.agree.area},
                                 {"agree_heads", candidate.agree.heads},
                                 {"result", name_of(candidate.result)}});
    }
    json["outcome"] = name_of(tally.outcome);
    json["ballots_digest"] = counted.count.digest;
    json["counters"] = counters;
    json["supervisor"] = supervisor;
    json["disputed_rule"] = tally.strict.has_value();
    json["status"] = "counted";
    records.push_back(std::move(json));
  }
  return records;
}

}  // namespace linli::model::votes
