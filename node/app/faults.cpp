#include "node/app/faults.h"

#include "node/app/console.h"

namespace linli::app {
namespace {

std::string advice(store::Remedy remedy) {
  switch (remedy) {
    case store::Remedy::rebuild:
      return "原始记录完好：停止节点后运行 linli rebuild。 The log is whole: stop the node and run "
             "`linli rebuild`.";
    case store::Remedy::begin_anew:
      return "中心已确认：留存此文件夹作证据，重新加入即可取回。 The hub has confirmed it: keep "
             "this "
             "folder as evidence and join anew; it comes back.";
    case store::Remedy::save_first:
      return "别处未必还有，也无法由记录重建：先用备份恢复，或请其作者的节点再同步一次，然后才重新"
             "加入；不要"
             "运行 rebuild。 It isn't known to be anywhere else and doesn't follow from the log: "
             "restore a backup, or have its author's node sync, before you join anew; don't "
             "rebuild.";
    case store::Remedy::restore:
      return "这是中心：用最近的备份恢复，其后的内容各节点会还回。 This is the hub: restore its "
             "newest "
             "backup (`linli restore`); the nodes give back what came later.";
    case store::Remedy::fetch:
      return "移走损坏的文件，再运行 linli blobs get 或重新存入。 Move the broken file away, then "
             "`linli "
             "blobs get`, or put it again.";
  }
  return "";
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
  return text;
}

/// Without an empty line before what stands there alone.
std::string trimmed(const std::string& text) {
  return text.starts_with('\n') ? text.substr(1) : text;
}

Json to_json(const store::VerifyFault& fault) {
  Json json{
      {"what", fault.what}, {"do", store::name_of(fault.remedy)}, {"advice", advice(fault.remedy)}};
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

}  // namespace

void print_faults(const std::vector<store::VerifyFault>& faults) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    print(harmless(faults[i].what));
    if (const auto more = concerned(faults[i]); !more.empty()) print(harmless(trimmed(more)));
    if (i + 1 == faults.size() || faults[i + 1].remedy != faults[i].remedy) {
      print("  → " + advice(faults[i].remedy));
    }
  }
}

Json to_json(const std::vector<store::VerifyFault>& faults) {
  auto list = Json::array();
  for (const auto& fault : faults) list.push_back(to_json(fault));
  return list;
}

}  // namespace linli::app
