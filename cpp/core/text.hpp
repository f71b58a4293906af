// A text of another owner, in place of std::string_view. The layout of std::string_view differs between
// standard libraries; the layout of Text is fixed, so separately compiled tasks can pass it. Its header costs
// nothing to compile.
#pragma once

#include <concepts>
#include <cstddef>

namespace plyo {

namespace detail {

// The types that convert to Text: std::string_view, std::string and similar ones.
template <class Characters>
concept HoldsCharacters = requires(const Characters& characters) {
  { characters.data() } -> std::convertible_to<const char*>;
  { characters.size() } -> std::convertible_to<std::size_t>;
};

// std::string_view, unnamed.
template <class View>
concept ViewsCharacters = HoldsCharacters<View> && requires { typename View::traits_type; } &&
                          !requires { typename View::allocator_type; };

}  // namespace detail

struct Text {
  const char* items = "";
  std::size_t count = 0;

  constexpr Text() = default;
  constexpr Text(const char* first, std::size_t size) : items(first), count(size) {}
  constexpr Text(const char* letters) : items(letters) {  // NOLINT(google-explicit-constructor): "like this"
    while (letters[count] != '\0') ++count;
  }
  template <class Characters>
    requires(detail::HoldsCharacters<Characters> && !std::same_as<Characters, Text>)
  constexpr Text(const Characters& characters)  // NOLINT(google-explicit-constructor): as a std::string_view
      : items(characters.data()), count(characters.size()) {}

  template <detail::ViewsCharacters View>
  constexpr operator View() const {  // NOLINT(google-explicit-constructor): to a std::string_view
    return View(items, count);
  }

  constexpr const char* data() const { return items; }
  constexpr std::size_t size() const { return count; }
  constexpr bool empty() const { return count == 0; }
  constexpr const char* begin() const { return items; }
  constexpr const char* end() const { return items + count; }
  constexpr char operator[](std::size_t i) const { return items[i]; }

  // The part from `first` on, at most `most` letters of it.
  constexpr Text substr(std::size_t first, std::size_t most = ~std::size_t{0}) const {
    const std::size_t rest = count - first;
    return {items + first, rest < most ? rest : most};
  }

  friend constexpr bool operator==(Text a, Text b) {
    if (a.count != b.count) return false;
    for (std::size_t i = 0; i < a.count; ++i) {
      if (a.items[i] != b.items[i]) return false;
    }
    return true;
  }
  // By bytes, which for UTF-8 is the order of code points, as Python has it.
  friend constexpr bool operator<(Text a, Text b) {
    const std::size_t both = a.count < b.count ? a.count : b.count;
    for (std::size_t i = 0; i < both; ++i) {
      if (a.items[i] != b.items[i]) {
        return static_cast<unsigned char>(a.items[i]) < static_cast<unsigned char>(b.items[i]);
      }
    }
    return a.count < b.count;
  }
  template <class Characters>
    requires(detail::HoldsCharacters<Characters> && !std::same_as<Characters, Text>)
  friend constexpr bool operator==(Text a, const Characters& b) {
    return a == Text(b);
  }
  friend constexpr bool operator==(Text a, const char* b) { return a == Text(b); }
};

}  // namespace plyo
