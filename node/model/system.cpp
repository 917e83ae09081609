// Records that found the trust in all others: certificates, their end, and write policies.
#include "node/model/declare.h"

namespace linli::model {

namespace {

// Published downwards: every node proves what it receives with the same certificates and policies.
// Which of them count is judged by certificate, not by role (sync/policy.h).
RecordType certificate() {
  return {.number = sync::kTypeCertificate,
          .name = "certificate",
          .label = {"证书", "Certificate"},
          .home = Home::city,
          .audience = sync::Audience::below,
          .fields = {Declare(1, "bytes", FieldType::bytes, {"签名证书", "Signed certificate"})
                         .required()},
          .writers = kOffices};
}

RecordType policy() {
  return {
      .number = sync::kTypePolicy,
      .name = "policy",
      .label = {"写入规则", "Write policy"},
      .home = Home::city,
      .audience = sync::Audience::below,
      .fields = {Declare(1, "bytes", FieldType::bytes, {"规则内容", "Encoded policy"}).required()},
      .writers = kOffices};
}

RecordType revocation() {
  return {.number = sync::kTypeRevocation,
          .name = "revocation",
          .label = {"吊销", "Revocation"},
          .home = Home::city,
          .audience = sync::Audience::below,
          .fields = {Declare(1, "bytes", FieldType::bytes, {"签名吊销声明", "Signed revocation"})
                         .required()},
          .writers = kOffices};
}

}  // namespace

void add_system(Schema& schema) {
  schema.types.push_back(certificate());
  schema.types.push_back(policy());
  schema.types.push_back(revocation());
}

}  // namespace linli::model
