#include "node/told_history.h"

#include <array>

namespace linli::node {
namespace {

/// How a detail begins, and what that says.
struct Words {
  std::string_view en, zh;
};

constexpr std::array kWords{
    // Of heads that don't go on from one another: crypto/merkle.cpp, sync/history.cpp.
    Words{"the tree has become smaller", "历史变短了，先前出示过的内容不见了"},
    Words{"two trees of one size", "同样长度的历史，内容却不同"},
    Words{"the tree doesn't begin with the one that was known",
          "历史的开头与先前核对过的不同，已有内容被改写"},
    Words{"the consistency proof", "中心给出的衔接证明不成立，不能说明历史只增未改"},
    Words{"nothing is to be proven, and yet there is a proof",
          "中心给出的衔接证明不成立，不能说明历史只增未改"},
    Words{"no root of an empty tree", "空的历史却有内容"},
    Words{"checkpoints of two histories", "出示的是另一份历史的树头"},
    // Of who keeps it: node/history_watch.cpp.
    Words{"who keeps this history wasn't enrolled by a root key",
          "保管这份历史的节点不是由市根密钥接入的"},
    Words{"another node keeps the history, and no root key said so",
          "历史改由另一个节点保管，而市根密钥没有这样授权"},
    Words{"the hub began its history anew, as after a restored backup",
          "中心另起了一份历史，如同从备份恢复之后"},
    // Of what was confirmed.
    Words{"a receipt is of a later epoch than the history that is shown",
          "回执属于更新的一份历史，中心出示的却是旧的一份"},
    Words{"the history is smaller than a receipt says that it was",
          "历史比回执签发时还短，已确认的内容不见了"},
    Words{"what a receipt confirms isn't in the history", "回执已确认的变更集不在历史之中"},
    Words{"what a receipt confirms stands later in the history than the receipt says",
          "回执已确认的变更集在历史中的位置晚于回执所说"},
    Words{"the hub confirmed another change set under a number that it had confirmed",
          "同一编号，中心先后确认了两份不同的变更集"},
    // Of a proof that didn't come: node/history_owed.cpp.
    Words{"the keeper of the history shows none any more, though it signed one",
          "中心签发过历史，现在却不再出示"},
    Words{"no proof of the history came for over a day",
          "中心确认了新的内容，却超过一天没有给出历史的证明"},
};

}  // namespace

std::string told_history(std::string_view detail) {
  for (const auto& words : kWords) {
    if (detail.starts_with(words.en)) return std::string(words.zh);
  }
  return "中心的历史与先前核对过的不符";
}

}  // namespace linli::node
