#include "node/app/faults.h"

#include "node/app/console.h"
#include "node/told_faults.h"

namespace linli::app {
namespace {

std::string by_setting(const node::Sentence& sentence) {
  return chinese() ? sentence.zh : sentence.en;
}

/// Empty: nobody is known.
std::string concerned(const store::VerifyFault& fault) {
  std::string text;
  if (!fault.author_id.empty()) {
    text = "  作者 author: " + (fault.author.empty() ? "?" : fault.author) + " (" +
           fault.author_id.substr(0, 8) + ")";
  }
  if (!fault.change_set.empty()) {
    text += "，第 " + std::to_string(fault.number) + " 个变更集 change set " + fault.change_set;
  }
  for (const auto& record : fault.records) text += "\n  记录 record: " + record;
  if (fault.records_left_out > 0) {
    text += "\n  另有 " + std::to_string(fault.records_left_out) + " 条记录 more records";
  }
  return text.starts_with('\n') ? text.substr(1) : text;
}

Json to_json(const store::VerifyFault& fault) {
  const auto said = node::told(fault);
  const auto remedy = node::told(fault.remedy);
  Json json{{"what", fault.what},
            {"code", store::name_of(fault.kind)},
            {"place", store::name_of(fault.place)},
            {"name", fault.name},
            {"parts", fault.parts},
            {"zh", said.zh},
            {"en", said.en},
            {"do", store::name_of(fault.remedy)},
            {"advice", remedy.zh + " " + remedy.en}};
  if (fault.reason) json["reason"] = info(fault.reason->code).name;
  if (fault.arrival > 0) json["arrival"] = fault.arrival;
  if (!fault.author_id.empty()) {
    json["author"] = {{"id", fault.author_id}, {"name", fault.author}};
  }
  if (!fault.change_set.empty()) {
    json["change_set"] = fault.change_set;
    json["number"] = fault.number;
  }
  if (!fault.records.empty() || !fault.change_set.empty()) {
    json["records"] = fault.records;
    json["records_left_out"] = fault.records_left_out;
  }
  return json;
}

/// A line each: harmless() would take a line's end for something that steers the terminal.
void print_lines(std::string_view lines) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    print(harmless(lines.substr(0, end)));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

}  // namespace

void print_faults(const std::vector<store::VerifyFault>& faults) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    print(harmless(by_setting(node::told(faults[i]))));
    print_lines(concerned(faults[i]));
    if (i + 1 == faults.size() || faults[i + 1].remedy != faults[i].remedy) {
      print("  → " + by_setting(node::told(faults[i].remedy)));
    }
  }
}

Json to_json(const std::vector<store::VerifyFault>& faults) {
  auto list = Json::array();
  for (const auto& fault : faults) list.push_back(to_json(fault));
  return list;
}

}  // namespace linli::app
