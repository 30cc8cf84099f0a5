"""The addresses of practitioners under /api/v1/."""

from rest_framework.routers import SimpleRouter

from practitioners.api.views import RightViewSet

router = SimpleRouter()
router.register("right-to-practise", RightViewSet, basename="api-right")

urlpatterns = router.urls
