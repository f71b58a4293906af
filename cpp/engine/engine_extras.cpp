// What a task offers beside stepping: attributes, assigned ones included, and its text.
#include "engine.hpp"
#include "errors.hpp"

namespace plyo {

Value Engine::attribute(const Attribute& attribute, std::size_t lane) const {
  const Exclusive guard = exclusive();
  std::vector<std::uint64_t> scratch;
  return attribute.get(params_.data(), lanes_.whole_state(lane, scratch));
}

void Engine::set_attribute(const Attribute& attribute, std::size_t lane, std::int64_t value) {
  const Exclusive guard = exclusive();
  if (attribute.set == nullptr) {
    throw std::invalid_argument(
        text("the attribute '", attribute.name, "' of ", config_.task->name, " cannot be assigned"));
  }
  if (attribute.legal != nullptr && !attribute.legal(params_.data(), value)) {
    throw std::invalid_argument(text(value, " is no legal value of the attribute '", attribute.name, "' of ",
                                     config_.task->name, ": ", attribute.doc));
  }
  std::vector<std::byte> words = words_of(lane);
  attribute.set(words.data(), value);
  put_words(lane, words);
}

std::string Engine::render_text(std::size_t lane) const {
  const Exclusive guard = exclusive();
  std::vector<std::uint64_t> scratch;
  std::string whole;
  const TextWriter writer(&whole, [](void* owner, Text piece) {
    static_cast<std::string*>(owner)->append(piece.items, piece.count);
  });
  task_.write_text(params_.data(), lanes_.whole_state(lane, scratch), writer);
  return whole;
}

}  // namespace plyo
