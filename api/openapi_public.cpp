// The owner's notice board in the contract: its routes and what they answer (public.cpp).
#include <array>

#include "api/openapi.h"

namespace linli::api {
namespace {

constexpr std::array kRoutes = std::to_array<Route>({
    {.method = "get",
     .path = "/api/v1/public/about",
     .id = "readBoard",
     .tag = "public",
     .summary = {"公示栏由谁设立、个人信息告知和长度限制",
                 "Whose board it is, the privacy notice, and limits of a question"},
     .answer = "PublicAbout"},
    {.method = "get",
     .path = "/api/v1/public/compounds",
     .id = "findPublicCompounds",
     .tag = "public",
     .summary = {"按名称或拼音找小区", "Compounds by name, alias, code or pinyin"},
     .query = "q?: text, limit?: int, cursor?: text",
     .answer = "{items: [PublicCompoundShort], next_cursor: text | null}"},
    {.method = "get",
     .path = "/api/v1/public/compounds/{id}",
     .id = "readPublicCompound",
     .tag = "public",
     .summary = {"一个小区的公示内容", "What is disclosed of a compound"},
     .answer = "PublicCompound"},
    {.method = "get",
     .path = "/api/v1/public/compounds/{id}/questions",
     .id = "listPublicQuestions",
     .tag = "public",
     .summary = {"已答复并公开的提问", "Questions that were answered and are shown"},
     .answer = "{items: [PublicQuestion]}"},
    {.method = "get",
     .path = "/api/v1/public/disclosures/{id}",
     .id = "readPublicDisclosure",
     .tag = "public",
     .summary = {"一份公示及其此前版本", "A published disclosure, with its earlier versions"},
     .answer = "PublicDisclosure"},
    {.method = "get",
     .path = "/api/v1/public/disclosures/{id}/proof",
     .id = "provePublicDisclosure",
     .tag = "public",
     .summary = {"证明文件，在 /proof 页核对", "Its proof file, which the page /proof checks"},
     .answer = "application/octet-stream"},
    {.method = "post",
     .path = "/api/v1/public/questions",
     .id = "askQuestion",
     .tag = "public",
     .summary =
         {"提问：姓名和联系方式只用于答复，不公开；同意公开的，经社区审核后公开提问和答复",
          "Ask: name and contact serve only to answer and are never shown; question and "
          "answer are shown if the asker agrees and the office has looked at them. 429 with "
          "Retry-After beyond 5 at once and one in ten minutes. Idempotency-Key as elsewhere"},
     .body = "PublicQuestionWish",
     .answer = "PublicQuestion",
     .status = 201},
    {.method = "get",
     .path = "/api/v1/public/questions/{id}",
     .id = "readPublicQuestion",
     .tag = "public",
     .summary = {"一条提问的办理情况", "How a question stands"},
     .answer = "PublicQuestion"},
});

constexpr std::array kShapes = std::to_array<Shape>({
    {"Coded", "{code: text, zh: text, en: text}"},
    {"PublicRef", "{id: id, title?: text}"},
    {"PublicAbout",
     "{name: text, role: text, scope: text, city: hex, privacy: Label, "
     "limits: {text: int, name: int, contact: int}}"},
    {"PublicCompoundShort",
     "{id: id, in_doubt?: bool, compound_code: text, name: text, aliases?: [text], address: text, "
     "community?: PublicRef, management_mode: Coded}"},
    {"PublicCompound",
     "{id: id, in_doubt?: bool, compound_code: text, name: text, aliases?: [text], address: text, "
     "location?: Geo, community?: PublicRef, kind: Coded, is_old: bool, management_mode: Coded, "
     "building_count: int, household_count: int, floor_area_dm2: int, "
     "property_office_area_dm2: int, lift_count: int, parking_count: int, "
     "charging_point_count: int, first_delivery_on?: day, party_branch?: text, status?: Coded, "
     "contracts: [PublicContract], disclosures: [PublicDisclosureShort], "
     "standards: [PublicStandard], committees: [PublicCommittee], "
     "management_committees: [PublicPmc], assemblies: [PublicAssembly], "
     "meetings: [PublicMeeting], questions: [PublicQuestion]}"},
    {"PublicContract",
     "{id: id, in_doubt?: bool, kind: Coded, start_on: day, end_on: day, fee_mode: Coded, "
     "fees: [{use: Coded, price_e4: int}], service_grade?: text, company?: PublicCompany}"},
    {"PublicCompany",
     "{id: id, in_doubt?: bool, uscc: text, name: text, registered_at?: text, phone: text, "
     "complaint_phone: text, status?: Coded}"},
    {"PublicDisclosureShort",
     "{id: id, in_doubt?: bool, kind: PublicRef, kind_code?: text, period: text, revision: int, "
     "company?: PublicRef, period_from?: day, period_to?: day, due_on?: day, published_at?: time, "
     "channels?: [Coded], opening_fen?: int, closing_fen?: int, income_fen: int | null, "
     "cost_fen: int | null, status: Coded}"},
    {"PublicDisclosureVersion",
     "{id: id, in_doubt?: bool, kind: PublicRef, kind_code?: text, compound: PublicRef, "
     "period: text, revision: int, company?: PublicRef, period_from?: day, period_to?: day, "
     "due_on?: day, published_at?: time, channels?: [Coded], opening_fen?: int, closing_fen?: int, "
     "lines: [PublicLine], income_fen: int | null, cost_fen: int | null, note?: text, "
     "answer?: text, answered_on?: day, status: Coded, proof: text}"},
    {"PublicDisclosure",
     "{id: id, in_doubt?: bool, kind: PublicRef, kind_code?: text, compound: PublicRef, "
     "period: text, revision: int, company?: PublicRef, period_from?: day, period_to?: day, "
     "due_on?: day, published_at?: time, channels?: [Coded], opening_fen?: int, closing_fen?: int, "
     "lines: [PublicLine], income_fen: int | null, cost_fen: int | null, note?: text, "
     "answer?: text, answered_on?: day, status: Coded, proof: text, about?: PublicKind, "
     "earlier: [PublicDisclosureVersion]}"},
    {"PublicLine",
     "{code: text, direction: Coded, name: text, quantity?: int, unit?: text, unit_price_e4?: int, "
     "amount_fen?: int, counterparty?: text, basis?: text}"},
    {"PublicKind",
     "{id: id, in_doubt?: bool, code: text, name: text, content: text, basis: text, "
     "obliged: Coded, ledger?: bool}"},
    {"PublicStandard",
     "{id: id, in_doubt?: bool, version: int, items: [{domain: Coded, subject: text, "
     "metric: text, comparator: Coded, target: int, unit: text, frequency: Coded, times?: int, "
     "contract_target?: int, evidence?: Coded}], approved_on?: day, approved_by?: text, "
     "published_on?: day, in_force_from?: day, superseded_on?: day, status: Coded}"},
    {"PublicCommittee",
     "{id: id, in_doubt?: bool, term_no: int, elected_on: day, term_start: day, term_end: day, "
     "seats: int, filed_on?: day, filing_no?: text, status: Coded, status_on?: day, "
     "members: [{in_doubt?: bool, post: Coded, from_on: day}], decisions: [{id: id, "
     "in_doubt?: bool, no: int, decided_on: day, members: int, present: int, agree: int, "
     "passed?: bool, text: text, published_on: day}]}"},
    {"PublicPmc",
     "{id: id, in_doubt?: bool, formed_on: day, trigger: Coded, members_total?: int, "
     "members_owners?: int, chair_side: Coded, published_on?: day, ended_on?: day, "
     "end_reason?: Coded, status: Coded}"},
    {"PublicAssembly",
     "{id: id, in_doubt?: bool, kind: Coded, seq_no: int, form: Coded, convener: Coded, "
     "notice_on?: day, vote_from: time, vote_to: time, status: Coded, status_on?: day, "
     "matters: [PublicMatter], tallies: [PublicTally]}"},
    {"PublicMatter",
     "{id: id, in_doubt?: bool, no: int, title: text, decision_kind: Coded, threshold?: Coded, "
     "base: Coded, building?: text, stair_unit?: text, seats?: int, text?: text}"},
    {"PublicTally",
     "{id: id, in_doubt?: bool, matter?: id, round: int, threshold?: Coded, total_area_dm2: int, "
     "total_heads: int, part_area_dm2: int, part_heads: int, agree_area_dm2: int, "
     "agree_heads: int, disagree_area_dm2: int, disagree_heads: int, abstain_area_dm2: int, "
     "abstain_heads: int, invalid_area_dm2: int, invalid_heads: int, outcome: Coded, "
     "supervisor: text, published_on: day, status: Coded}"},
    {"PublicMeeting",
     "{id: id, in_doubt?: bool, kind: Coded, planned_at: time, held_at?: time, place: text, "
     "convener: Coded, topic: text, agenda?: [text], minutes?: text, minutes_on?: day, "
     "noticed_on?: day, status: Coded, status_reason?: text}"},
    {"PublicQuestionWish",
     "{compound: id, text: text, about_kind?: 'service' | 'disclosure' | 'inspection' | 'other', "
     "disclosure?: id, rating?: int, name?: text, contact?: text, show?: bool}"},
    {"PublicQuestion",
     "{id: id, in_doubt?: bool, about_kind: Coded, text?: text, received_at: time, reply?: text, "
     "replied_on?: day, reply_due_on?: day, status: Coded, shown?: bool}"},
});

}  // namespace

std::span<const Route> public_routes() { return kRoutes; }
std::span<const Shape> public_shapes() { return kShapes; }

}  // namespace linli::api
