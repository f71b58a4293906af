// The includes of an environment cost little to compile, and have no type whose layout differs between
// standard libraries. The macros are those of libstdc++; elsewhere there is nothing to find.
#include "environment.hpp"

#if defined(_GLIBCXX_STRING_VIEW) || defined(_GLIBCXX_STRING) || defined(_GLIBCXX_VECTOR) || \
    defined(_GLIBCXX_MEMORY) || defined(_GLIBCXX_FUNCTIONAL) || defined(_GLIBCXX_CMATH)
#error "an environment includes <string_view>, <string>, <vector>, <memory>, <functional> or <cmath>"
#endif

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Correct>();
