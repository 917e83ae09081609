#include "node/told_faults.h"

#include <charconv>

namespace linli::node {
namespace {

using store::FaultKind;
using store::FaultPlace;
using store::Remedy;

/// `{0}`, `{1}`: the fault's parts. Whoever adds a kind is told here by the compiler.
model::Label words_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::unreadable:
      return {"读不出", "it can't be read"};
    case FaultKind::other_bytes:
      return {"内容不是当时收下的那一份", "the bytes aren't those that were accepted"};
    case FaultKind::author_unproven:
      return {"签名或作者的证书不成立", "its signature or its author's certificate doesn't hold"};
    case FaultKind::not_allowed:
      return {"作者无权写入", "its author wasn't allowed to write it"};
    case FaultKind::other_feed:
      return {"存放在别的序列之下", "it stands in another feed than it names"};
    case FaultKind::chain_broken:
      return {"与前一份接不上", "it doesn't follow what is before it"};
    case FaultKind::snapshot_foreign:
      return {"这份快照不是中心签发的", "a snapshot that isn't the hub's"};
    case FaultKind::snapshot_otherwise:
      return {"不是快照所替代的那一份", "it isn't the change set that the snapshot stands for"};
    case FaultKind::value_fits_nothing:
      return {"快照中有一个值与任何承诺都不符", "a value of a snapshot that fits no commitment"};
    case FaultKind::value_otherwise:
      return {"第 {0} 个值与签名中的承诺不符", "value {0} doesn't fit its commitment"};
    case FaultKind::value_erased_held:
      return {"第 {0} 个值已清除，却仍在本机", "value {0} was erased and is still here"};
    case FaultKind::value_lost:
      return {"第 {0} 个值写于本机，未经清除却不见了",
              "value {0} was written here, wasn't erased, and is gone"};
    case FaultKind::value_without_opening:
      return {"{0} 仍在显示，但证明它的内容已不见",
              "the value of {0} is shown, and what opens its commitment is gone"};
    case FaultKind::erased_forgotten:
      return {"已清除内容的登记中缺少它所清除的",
              "the table of erased values doesn't know what it erased"};
    case FaultKind::receipt_foreign:
      return {"这份回执不是中心签发的", "a receipt that isn't the hub's"};
    case FaultKind::receipt_of_missing_sets:
      return {"回执所指的变更集不在本机", "a receipt for change sets that aren't here"};
    case FaultKind::receipt_otherwise:
      return {"回执所指的变更集与本机所存不同", "a receipt for other change sets than those held"};
    case FaultKind::tree_unsigned:
      return {"签名日志的树与当时签发的不同",
              "the tree over the log isn't the one that was signed"};
    case FaultKind::ruling_foreign:
      return {"这份裁定不是中心签发的", "a ruling that isn't the hub's"};
    case FaultKind::fork_unproven:
      return {"不能证明同一编号有两份变更集", "not a proof of two change sets under one number"};
    case FaultKind::fork_misfiled:
      return {"这份证明存放在别的序列之下", "a proof that stands under another feed's name"};
    case FaultKind::condensed_otherwise:
      return {"记为已由快照替代，与所存快照不符",
              "it counts as condensed, but not by the snapshots held"};
    case FaultKind::clock_otherwise:
      return {"第 {0} 份变更集的时钟标记与回执不符",
              "change set {0}: what is kept of its clock isn't what the receipts say"};
    case FaultKind::standing_otherwise:
      return {"第 {0} 份变更集是否采信与裁定不符",
              "change set {0}: whether it counts isn't what the rulings say"};
    case FaultKind::receipt_not_held:
      return {"记为已确认，与所存回执不符", "it counts as confirmed, but not by the receipts held"};
    case FaultKind::receipt_time_otherwise:
      return {"确认时间与回执不符", "when it was confirmed isn't what the receipts say"};
    case FaultKind::end_otherwise:
      return {"序列的末尾与日志不符", "its end isn't what the log holds"};
    case FaultKind::waiting_otherwise:
      return {"不是它名下的变更集", "it isn't the change set that it is called"};
    case FaultKind::head_unproven:
      return {"所存的历史树头不成立", "the kept head of the history doesn't hold"};
    case FaultKind::head_misfiled:
      return {"所存的大小或来源与签发的不同",
              "it is kept under another size or origin than was signed"};
    case FaultKind::head_gone:
      return {"曾核对过中心的历史，树头却不见了",
              "the hub's history was checked, and no head of it is kept"};
    case FaultKind::history_otherwise:
      return {"与签名日志不符", "it isn't what the log holds ({0})"};
    case FaultKind::tree_otherwise:
      return {"所存的树与签名日志不符", "the tree kept isn't the tree over the log"};
    case FaultKind::enrolment_unproven:
      return {"接入时取得的一份证书追溯不到市根密钥",
              "a certificate got at enrolment doesn't reach the root"};
    case FaultKind::own_unproven:
      return {"本节点的证书追溯不到市根密钥", "this node's own certificate doesn't reach the root"};
    case FaultKind::table_differs:
      return {"存有 {0} 行，按签名日志应为 {1} 行，内容不符",
              "{0} rows stored, {1} by the log; contents differ"};
    case FaultKind::table_unreadable:
      return {"读不出", "it can't be read"};
    case FaultKind::file_gone:
      return {"文件不见了", "its file is gone"};
    case FaultKind::file_size_otherwise:
      return {"文件大小不符", "its file has another size"};
    case FaultKind::file_otherwise:
      return {"内容与文件名所示不符", "its content isn't what its name says"};
    case FaultKind::file_unreadable:
      return {"文件读不出", "its file can't be read"};
    case FaultKind::part_short:
      return {"正在接收，已收部分的文件过短", "on its way in: its file is too short"};
    case FaultKind::copy_incomplete:
      return {"副本有 {0} 个变更集，应为 {1} 个",
              "the copy holds {0} change sets and should hold {1}"};
  }
  return {"", ""};
}

/// `{}`: which one.
model::Label words_of(FaultPlace place) {
  switch (place) {
    case FaultPlace::log:
      return {"日志第 {} 条", "log entry {}"};
    case FaultPlace::feed:
      return {"序列 {}", "feed {}"};
    case FaultPlace::table:
      return {"数据表 {}", "table {}"};
    case FaultPlace::waiting:
      return {"待处理第 {} 件", "waiting object {}"};
    case FaultPlace::checkpoint:
      return {"历史树头 {}", "checkpoint {}"};
    case FaultPlace::history:
      return {"公开历史", "history"};
    case FaultPlace::attachment:
      return {"附件 {}", "attachment {}"};
    case FaultPlace::node:
      return {"本节点", "this node"};
  }
  return {"", ""};
}

std::string filled(std::string_view words, const std::string& slot, const std::string& with) {
  std::string text(words);
  const auto at = text.find(slot);
  if (at != std::string::npos) text.replace(at, slot.size(), with);
  while (text.ends_with(' ')) text.pop_back();  // Of a place that has no name.
  return text;
}

/// "第 4 项", counted from 1 as proofs count; empty: it is the tree, or no part says which.
std::string entry_of(const store::VerifyFault& fault) {
  constexpr std::string_view kBegins = "history ";  // store::history_faults(): "history 3: …".
  if (fault.kind != FaultKind::history_otherwise || fault.parts.empty()) return {};
  const std::string_view where = fault.parts.front();
  if (!where.starts_with(kBegins)) return {};
  std::uint64_t position = 0;
  const auto digits = where.substr(kBegins.size());
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (read.ec != std::errc()) return {};
  return "第 " + std::to_string(position + 1) + " 项";
}

/// A reason's sentence without what to do about it, which the remedy says.
std::string cause(std::string_view sentence) {
  auto end = sentence.size();
  for (const std::string_view stop : {"；", "，请", "，将", "。"}) {
    end = std::min(end, sentence.find(stop));
  }
  return std::string(sentence.substr(0, end));
}

}  // namespace

Sentence told(const store::VerifyFault& fault) {
  const auto place = words_of(fault.place), words = words_of(fault.kind);
  std::string zh = entry_of(fault) + std::string(words.zh), en(words.en);
  for (std::size_t i = 0; i < fault.parts.size(); ++i) {
    const auto slot = "{" + std::to_string(i) + "}";
    zh = filled(zh, slot, fault.parts[i]);
    en = filled(en, slot, fault.parts[i]);
  }
  if (fault.reason) {
    zh += "：" + cause(info(fault.reason->code).zh);
    en += ": " + describe(*fault.reason);
  }
  return {filled(place.zh, "{}", fault.name) + "：" + zh,
          filled(place.en, "{}", fault.name) + ": " + en};
}

Sentence told(Remedy remedy) {
  switch (remedy) {
    case Remedy::rebuild:
      return {"原始记录完好：停止节点后运行 linli rebuild。",
              "The log is whole: stop the node and run `linli rebuild`."};
    case Remedy::begin_anew:
      return {
          "中心已确认：留存此文件夹作证据，重新加入即可取回。",
          "The hub has confirmed it: keep this folder as evidence and join anew; it comes back."};
    case Remedy::save_first:
      return {
          "别处未必还有，也无法由记录重建：先用备份恢复，或请其作者的节点再同步一次，然后才重新"
          "加入；不要运行 rebuild。",
          "It isn't known to be anywhere else and doesn't follow from the log: restore a backup, "
          "or have its author's node sync, before you join anew; don't rebuild."};
    case Remedy::restore:
      return {"这是中心：用最近的备份恢复，其后的内容各节点会还回。",
              "This is the hub: restore its newest backup (`linli restore`); the nodes give back "
              "what came later."};
    case Remedy::fetch:
      return {"移走损坏的文件，再运行 linli blobs get 或重新存入。",
              "Move the broken file away, then `linli blobs get`, or put it again."};
  }
  return {};
}

}  // namespace linli::node
