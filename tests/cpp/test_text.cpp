// core/text.hpp: a Text among the standard library's texts.
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "check.hpp"
#include "core/text_view.hpp"

using namespace plyo;

static_assert(std::is_standard_layout_v<Text> && std::is_trivially_copyable_v<Text>);
static_assert(Text().empty());
static_assert(Text("abc").size() == 3);
static_assert(Text("abcdef").substr(2, 3) == "cde");
static_assert(Text("abc").substr(1) == "bc");
static_assert(Text("abc").substr(3).empty());
static_assert(Text("abc")[1] == 'b');
static_assert(Text("abc") != Text("abd") && Text("ab") != Text("abc"));

PLYO_TEST(text_goes_to_and_from_the_standard_library) {
  const std::string string = "a letter";
  const std::string_view whole("with a \0 inside", 15);
  CHECK_EQ(Text(string).size(), string.size());
  CHECK(Text(string).data() == string.data());
  CHECK(Text(whole) == whole);
  CHECK(whole == Text(whole));
  CHECK(Text("x") != string);
  CHECK_EQ(std::string_view(Text(whole)), whole);
  CHECK_EQ(view(Text(whole)), whole);
  CHECK_EQ(std::string(Text("abc")), std::string("abc"));
  std::ostringstream stream;
  stream << Text("abc") << '|' << Text();
  CHECK_EQ(stream.str(), std::string("abc|"));
}
