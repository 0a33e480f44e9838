"""What a new source (or channel, or index) joins to know that it behaves; shipped, so that other distributions can.

Under pytest the asserts in here say what they compared, in any distribution that joins.
"""

import pkgutil
import sys

# By default pytest explains no assert of an installed package. Production has no pytest.
if pytest := sys.modules.get("pytest"):
    pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)))
